// @ts-check
import { address } from "./address.js";
import { showBadge } from "./badge.js";
import { createControls, enableSideBySide } from "./controls.js";
import { enableCopy } from "./copy.js";
import { enableFullScreen } from "./full-screen.js";
import { createLivePlayer } from "./live-player.js";
import { createMessages } from "./messages.js";
import { publishAddress, showPublishCode } from "./send.js";
import { whileShown } from "./shown.js";

const name = document.body.dataset.camera ?? "";
const stage = element("stage");

// A camera whose driver has none has no place for them either.
const section = document.getElementById("controls");
const controls = section === null ? undefined : createControls(section, address(`api/cameras/${name}/controls`));
const messages = createMessages(element("messages"), address(`api/cameras/${name}/messages`));
let wasOnline = false;

/** @param {import("./live-player.js").LiveState} state */
function show(state) {
  showBadge(stage, state);
  const { camera } = state;
  if (camera === undefined) return;
  // It may have been unplugged, or be another.
  if (camera.online && !wasOnline) void controls?.refresh();
  wasOnline = camera.online;
  messages.count(camera.messages);
}

function fillEmbedFields() {
  const stream = address(`cameras/${name}/video_feed`);
  /** @type {Record<string, string>} */
  const values = {
    stream,
    snapshot: address(`cameras/${name}/snapshot.jpg`),
    page: address(`cameras/${name}`),
    push: address(`cameras/${name}/frames`),
    publish: publishAddress(name),
    html: `<img src="${escapeAttribute(stream)}" alt="${escapeAttribute(document.body.dataset.title ?? name)}">`,
  };
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[data-embed]"))) {
    input.value = values[input.dataset.embed ?? ""] ?? input.value;
  }
}

/** @param {string} text */
function escapeAttribute(text) {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

function nameSnapshot() {
  const link = /** @type {HTMLAnchorElement} */ (element("snapshot"));
  link.addEventListener("click", () => {
    link.download = `${name}-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.jpg`;
  });
}

/** @param {string} id */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

document.documentElement.classList.add("js");
fillEmbedFields();
showPublishCode(name);
enableCopy();
enableFullScreen(stage, element("full-screen"));
nameSnapshot();
if (section !== null) enableSideBySide(element("beside"), section);

createLivePlayer({
  base: address(""),
  camera: name,
  container: element("view"),
  alt: `Live picture of ${document.body.dataset.title ?? name}`,
  onState: show,
});
whileShown(
  () => {
    wasOnline = false;
    messages.start();
  },
  () => messages.stop(),
);
