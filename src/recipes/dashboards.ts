import type { RecipeGroup } from "./recipe.ts";

const STREAM = "{server}/cameras/{camera}/video_feed";
const SNAPSHOT = "{server}/cameras/{camera}/snapshot.jpg";

/** Recipes for dashboards, none of which runs here: each from its docs or source. */
export const dashboards: RecipeGroup = {
  id: "dashboards",
  title: "In dashboards",
  recipes: [
    {
      id: "home-assistant-mjpeg",
      title: "Home Assistant",
      where: "Settings → Devices & services → Add integration → MJPEG IP Camera.",
      blocks: [
        { label: "MJPEG URL", language: "url", text: STREAM },
        { label: "Still Image URL", language: "url", text: SNAPSHOT },
      ],
      note: "Home Assistant's server fetches the stream, so it must reach stillstream; browsers need not.",
      checked: {
        how: "read",
        what: "home-assistant.io's page of the integration MJPEG IP Camera, and its strings.json",
        on: "2026-11-27",
      },
    },
    {
      id: "home-assistant-generic",
      title: "Home Assistant, Generic Camera",
      where: "Settings → Devices & services → Add integration → Generic Camera.",
      blocks: [{ label: "Still image URL", language: "url", text: SNAPSHOT }],
      note: "Fetches single images, as often as its Frame rate says. Leave Stream source URL empty: Home Assistant accepts only H.264 and H.265 there, and this is MJPEG. For every frame, use MJPEG IP Camera.",
      checked: {
        how: "read",
        what: "home-assistant.io's pages of the integrations Generic Camera and Stream",
        on: "2026-11-27",
      },
    },
    {
      id: "octoprint",
      title: "OctoPrint",
      where: "Settings → Classic Webcam.",
      blocks: [
        { label: "Stream URL", language: "url", text: STREAM },
        { label: "Snapshot URL", language: "url", text: SNAPSHOT },
      ],
      note: "Your browser must reach the first URL, and OctoPrint's server the second.",
      checked: { how: "read", what: "OctoPrint's bundled plugin Classic Webcam", on: "2026-11-27" },
    },
    {
      id: "moonraker",
      title: "Mainsail, Fluidd",
      where: "In moonraker.conf; restart Moonraker afterwards.",
      blocks: [
        {
          label: "",
          language: "ini",
          text: `[webcam {camera}]\nservice: mjpegstreamer\nstream_url: ${STREAM}\nsnapshot_url: ${SNAPSHOT}\naspect_ratio: 16:9`,
        },
      ],
      note: "With “service: uv4l-mjpeg” the stream is an <img>: the browser works less, and shows no frame rate.",
      checked: {
        how: "read",
        what: "Moonraker's docs/external_api/webcams.md, Fluidd's page on cameras and Mainsail's WebcamForm.vue and Mjpegstreamer.vue",
        on: "2026-11-27",
      },
    },
    {
      id: "grafana",
      title: "Grafana",
      where: "In a panel of the visualization Text, in mode HTML.",
      blocks: [{ label: "", language: "html", text: `<img src="${STREAM}" alt="{title}" style="width: 100%">` }],
      note: "Grafana keeps an <img>, and removes <still-stream> unless its configuration has disable_sanitize_html = true under [panels].",
      checked: {
        how: "read",
        what: "Grafana's page on the visualization Text, and its sanitize.ts",
        on: "2026-11-27",
      },
    },
    {
      id: "homepage",
      title: "Homepage (gethomepage.dev)",
      where: "In services.yaml.",
      blocks: [
        {
          label: "",
          language: "yaml",
          text: `- Cameras:\n    - {camera}:\n        href: {server}/cameras/{camera}\n        widget:\n          type: mjpeg\n          stream: ${STREAM}`,
        },
      ],
      note: "",
      checked: { how: "read", what: "gethomepage.dev's page of the widget MJPEG", on: "2026-11-27" },
    },
  ],
};
