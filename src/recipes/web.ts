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
      note: "Browsers open six connections to a server, so that a page has room for five such pictures of it, and no more.",
      checked: { how: "run", what: "Chromium 156 on a page of another origin", on: "2026-11-27" },
    },
    {
      id: "iframe",
      title: "<iframe>",
      where: "Anywhere in the page's HTML, or where a dashboard asks for the address of a page.",
      blocks: [
        {
          label: "",
          language: "html",
          text: `<iframe src="{server}/cameras/{camera}/bare" title="{title}" width="640" height="360" style="border: 0" allow="fullscreen"></iframe>`,
        },
      ],
      note: "It shows by itself whether the picture is live. In a sandbox that needs allow-scripts and allow-same-origin; with less it shows the stream alone.",
      checked: { how: "run", what: "Chromium 156 on a page of another origin", on: "2026-11-27" },
    },
    {
      id: "still-stream",
      title: "<still-stream>",
      where: "Anywhere in the page's HTML; the script once, however many cameras there are.",
      blocks: [
        {
          label: "",
          language: "html",
          text: `<script type="module" src="{server}/public/embed.js"></script>\n<still-stream src="{server}" camera="{camera}" title="{title}"></still-stream>`,
        },
      ],
      note: 'Shows how old the picture is, and an old one as old; any number share one connection. More attributes: query="width=640", fit="cover", controls, and token="…" where the server asks for a password.',
      checked: { how: "run", what: "Chromium 156 on a page of another origin", on: "2026-11-27" },
    },
  ],
};
