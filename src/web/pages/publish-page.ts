import { Capture, listCameras } from "../publish/capture.ts";
import { FrameEncoder } from "../publish/frame-encoder.ts";
import { FrameSender } from "../publish/frame-sender.ts";
import { createSettings } from "../publish/settings.ts";
import { describeSending, whyNoCamera, whyNoCameras } from "../publish/status-text.ts";
import { address } from "../ui/address.ts";
import { showBadge } from "../ui/badge.ts";
import { createWakeLock } from "../ui/wake-lock.ts";

const name = document.body.dataset["camera"] ?? "";
const video = document.getElementById("preview") as HTMLVideoElement;
const toggle = element("toggle");
const turn = element("turn");

const capture = new Capture(video, () => {
  problem = "The camera was disconnected.";
  sender.stop();
  show();
});
const encoder = new FrameEncoder(video, () => void take());
const sender = new FrameSender(
  { framesUrl: address(`cameras/${name}/frames`), statusUrl: address(`api/cameras/${name}`) },
  show,
);
const wakeLock = createWakeLock();
const settings = createSettings(element("settings") as HTMLFormElement, changed);

let isOn = false;
/** Why there are no frames to send; empty while there are, or will be. */
let problem = "";

/** Encodes no frame that could not be sent: the next one is newer. */
async function take() {
  if (encoder.isBusy || !capture.isLive || !sender.isReady() || !capture.takeFresh()) return;
  const at = performance.now();
  try {
    const jpeg = await encoder.encode(settings.read());
    sender.send(jpeg, at);
  } catch {
    // The video was just closed, or changes its size. The next beat tries again.
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

function changed(field: string) {
  if (!isOn) return;
  if (field === "source" || field === "size") void start();
  else if (field === "fps") encoder.beat(settings.read().fps);
}

function show() {
  document.body.classList.toggle("is-on", isOn && problem === "");
  const label = toggle.querySelector("span") as HTMLElement;
  label.textContent = isOn && problem === "" ? "Stop" : "Start";
  const { state, reason } = sender;
  const sending = { isOn, problem, isLive: capture.isLive, state, reason, ...sender.rate };
  const description = { card: false, stale: false, ...describeSending(sending) };
  showBadge(element("stage"), description);
}

function element(id: string) {
  return document.getElementById(id) as HTMLElement;
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
  // A phone that was locked may have lost both.
  sender.hurry();
  if (!capture.isLive && problem === "") void start();
});
addEventListener("online", () => sender.hurry());
// A page in the browser's back/forward cache would go on holding the camera.
addEventListener("pagehide", () => {
  capture.close();
  sender.stop();
});
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && isOn) void start();
});
setInterval(show, 500);
void start();
