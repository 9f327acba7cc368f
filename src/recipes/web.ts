import type { RecipeGroup } from "./recipe.ts";

export const web: RecipeGroup = {
  id: "web",
  title: "In any web page",
  recipes: [
    {
      id: "img",
      title: "<img>",
      where: "Anywhere in the page's HTML.",
      blocks: [{ label: "", language: "html", text: `<img src="{server}/cameras/{camera}/video_feed" alt="{title}">` }],
      note: "Browsers open at most six connections to a server, so use at most five such images of it in a page.",
      checked: { how: "run", what: "Chromium 156 on a page of another origin", on: "2026-11-27" },
    },
    {
      id: "iframe",
      title: "<iframe>",
      where: "Anywhere in the page's HTML, or in a dashboard that asks for a page's URL.",
      blocks: [
        {
          label: "",
          language: "html",
          text: `<iframe src="{server}/cameras/{camera}/bare" title="{title}" width="640" height="360" style="border: 0" allow="fullscreen"></iframe>`,
        },
      ],
      note: "It shows whether the camera is live. In a sandbox that needs allow-scripts and allow-same-origin; otherwise it shows only the stream.",
      checked: { how: "run", what: "Chromium 156 on a page of another origin", on: "2026-11-27" },
    },
    {
      id: "still-stream",
      title: "<still-stream>",
      where: "Anywhere in the page's HTML; the script once a page.",
      blocks: [
        {
          label: "",
          language: "html",
          text: `<script type="module" src="{server}/public/embed.js"></script>\n<still-stream src="{server}" camera="{camera}" title="{title}"></still-stream>`,
        },
      ],
      note: 'Shows the age of the frame, and marks old frames. Any number of them share one connection. More attributes: query="width=640", fit="cover", controls, and token="…" if the server has a password.',
      checked: { how: "run", what: "Chromium 156 on a page of another origin", on: "2026-11-27" },
    },
  ],
};
