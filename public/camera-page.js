// @ts-check
import { address } from "./address.js";
import { showBadge } from "./badge.js";
import { createControls, enableSideBySide } from "./controls.js";
import { enableCopy } from "./copy.js";
import { enableFullScreen } from "./full-screen.js";
import { createLivePlayer } from "./live-player.js";
import { createMessages } from "./messages.js";
import { enableNeighbours } from "./neighbours.js";
import { enablePictureInPicture } from "./picture-in-picture.js";
import { publishAddress, showPublishCode } from "./send.js";
import { enableShare } from "./share.js";
import { whileShown } from "./shown.js";
import { enableStill } from "./still.js";
import { createWakeLock } from "./wake-lock.js";

const name = document.body.dataset.camera ?? "";
const title = document.body.dataset.title ?? name;
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
    html: `<img src="${escapeAttribute(stream)}" alt="${escapeAttribute(title)}">`,
  };
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[data-embed]"))) {
    input.value = values[input.dataset.embed ?? ""] ?? input.value;
  }
}

/** @param {string} text */
function escapeAttribute(text) {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

/** @param {string} id */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

document.documentElement.classList.add("js");
const player = createLivePlayer({
  base: address(""),
  camera: name,
  container: element("view"),
  alt: `Live picture of ${title}`,
  onState: show,
});
const wakeLock = createWakeLock();
const screen = enableFullScreen(stage, element("full-screen"), wakeLock.want);
fillEmbedFields();
showPublishCode(name);
enableCopy();
enableShare(element("share"), { camera: name, title });
enableStill(/** @type {HTMLAnchorElement} */ (element("snapshot")), name, player.still);
enablePictureInPicture(element("picture-in-picture"), player);
enableNeighbours(element("view"), () => void screen.toggle());
if (section !== null) enableSideBySide(element("beside"), section);

whileShown(
  () => {
    wasOnline = false;
    messages.start();
  },
  () => messages.stop(),
);
