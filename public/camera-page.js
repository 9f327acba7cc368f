// @ts-check
import { address } from "./address.js";
import { showBadge } from "./badge.js";
import { createControls, enableSideBySide } from "./controls.js";
import { enableCopy } from "./copy.js";
import { describe } from "./describe.js";
import { enableFullScreen } from "./full-screen.js";
import { createMessages } from "./messages.js";
import { createPlayer } from "./player.js";
import { publishAddress, showPublishCode } from "./send.js";
import { whileShown } from "./shown.js";
import { createPoll } from "./status.js";
import { createWatch } from "./watch.js";

/** @typedef {import("./status.js").CameraStatus} CameraStatus */

const POLL_MS = 1000;
/** Without an answer for so long, nobody knows whether the picture is live: longer before the request itself gives up. */
const OVERDUE_MS = 2500;

const name = document.body.dataset.camera ?? "";
const stage = element("stage");
const player = createPlayer(element("view"), address(`cameras/${name}/video_feed`), () => {
  show();
  // Whether that is a picture or a card, the server knows.
  if (player.arrived && answer.camera?.state !== "live") poll.hurry();
});
const watch = createWatch(player);

// A camera whose driver has none has no place for them either.
const section = document.getElementById("controls");
const controls = section === null ? undefined : createControls(section, address(`api/cameras/${name}/controls`));
const messages = createMessages(element("messages"), address(`api/cameras/${name}/messages`));
let wasOnline = false;

/** @type {{ camera: CameraStatus | undefined, reachable: boolean, at: number }} */
let answer = { camera: undefined, reachable: true, at: performance.now() };
const poll = createPoll(
  address(`api/cameras/${name}`),
  POLL_MS,
  (/** @type {CameraStatus} */ camera) => {
    // It may have been unplugged, or be another.
    if (camera.online && !wasOnline) void controls?.refresh();
    wasOnline = camera.online;
    answer = { camera, reachable: true, at: performance.now() };
    watch.answered(camera);
    messages.count(camera.messages);
    show();
  },
  () => {
    answer = { ...answer, reachable: false };
    watch.failed();
    show();
  },
);

function show() {
  const sinceMs = performance.now() - answer.at;
  const description = describe({
    camera: answer.camera,
    reachable: answer.reachable && sinceMs < OVERDUE_MS,
    ...watch.delivery(),
    sinceMs,
  });
  showBadge(stage, description);
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

/** @type {ReturnType<typeof setInterval> | undefined} */
let looking;
whileShown(
  () => {
    answer = { ...answer, reachable: true, at: performance.now() };
    wasOnline = false;
    watch.start();
    poll.start();
    messages.start();
    looking = setInterval(() => void watch.look().then(show), 1000);
  },
  () => {
    clearInterval(looking);
    poll.stop();
    messages.stop();
    player.stop();
  },
);
