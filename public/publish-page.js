// @ts-check
import { address } from "./address.js";
import { showBadge } from "./badge.js";
import { createCapture, listCameras } from "./publish-capture.js";
import { createEncoder } from "./publish-encoder.js";
import { createSender } from "./publish-sender.js";
import { createSettings } from "./publish-settings.js";
import { describeSending, whyNoCamera, whyNoCameras } from "./publish-words.js";
import { createWakeLock } from "./wake-lock.js";

const name = document.body.dataset.camera ?? "";
const video = /** @type {HTMLVideoElement} */ (document.getElementById("preview"));
const toggle = element("toggle");
const turn = element("turn");

const capture = createCapture(video, () => {
  problem = "The camera is gone.";
  sender.stop();
  show();
});
const encoder = createEncoder(video, () => void take());
const sender = createSender(
  { framesUrl: address(`cameras/${name}/frames`), statusUrl: address(`api/cameras/${name}`) },
  show,
);
const wakeLock = createWakeLock();
const settings = createSettings(/** @type {HTMLFormElement} */ (element("settings")), changed);

let isOn = false;
/** Why there are no pictures to send; nothing while there are, or are to be. */
let problem = "";

/** A picture that finds no place to go is not made: the next one is newer. */
async function take() {
  if (encoder.isBusy || !capture.isLive || !sender.hasPlace() || !capture.takeFresh()) return;
  const at = performance.now();
  try {
    const jpeg = await encoder.encode(settings.read());
    sender.send(jpeg, at);
  } catch {
    // The video was just closed, or changes its size: another beat comes.
  }
}

async function start() {
  isOn = true;
  problem = whyNoCameras();
  show();
  if (problem !== "") return;
  wakeLock.want(true);
  try {
    if (!(await capture.open(settings.read()))) return;
    encoder.beat(settings.read().fps);
    await listDevices();
  } catch (error) {
    problem = whyNoCamera(error);
  }
  show();
}

function stop() {
  isOn = false;
  problem = "";
  encoder.beat(0);
  sender.stop();
  capture.close();
  wakeLock.want(false);
  show();
}

async function listDevices() {
  const cameras = await listCameras();
  settings.listCameras(cameras);
  turn.hidden = cameras.length < 2;
}

/** @param {string} field */
function changed(field) {
  if (!isOn) return;
  if (field === "source" || field === "size") void start();
  else if (field === "fps") encoder.beat(settings.read().fps);
}

function show() {
  document.body.classList.toggle("is-on", isOn && problem === "");
  const label = /** @type {HTMLElement} */ (toggle.querySelector("span"));
  label.textContent = isOn && problem === "" ? "Stop" : "Start";
  const { state, reason } = sender;
  const sending = { isOn, problem, isLive: capture.isLive, state, reason, ...sender.numbers() };
  const description = { card: false, stale: false, ...describeSending(sending) };
  showBadge(element("stage"), description);
}

/** @param {string} id */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

document.documentElement.classList.add("js");
toggle.addEventListener("click", () => {
  if (isOn && problem === "") stop();
  else void start();
});
turn.addEventListener("click", () => settings.turn(capture.device));
video.addEventListener("resize", () => {
  const { videoWidth, videoHeight } = video;
  if (videoWidth > 0) element("view").style.setProperty("--ratio", `${videoWidth} / ${videoHeight}`);
});
navigator.mediaDevices?.addEventListener("devicechange", () => void listDevices());
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !isOn) return;
  // Who comes back from a locked phone may have lost both.
  sender.hurry();
  if (!capture.isLive && problem === "") void start();
});
addEventListener("online", () => sender.hurry());
// Kept by the browser for a look back, a page would go on holding the camera.
addEventListener("pagehide", () => {
  capture.close();
  sender.stop();
});
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && isOn) void start();
});
setInterval(show, 500);
void start();
