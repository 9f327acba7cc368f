// @ts-check
import { address } from "./address.js";
import { showBadge } from "./badge.js";
import { keepBestFit } from "./best-fit.js";
import { describe } from "./describe.js";
import { createPlayer } from "./player.js";
import { whileShown } from "./shown.js";
import { createSnapshots } from "./snapshots.js";
import { createPoll } from "./status.js";
import { createWatch } from "./watch.js";

/** @typedef {import("./status.js").CameraStatus} CameraStatus */

/**
 * @typedef {object} Pictures How the tiles get their pictures: a stream each, or snapshots in turn.
 * @property {() => void} start
 * @property {() => void} stop
 * @property {(tile: HTMLElement) => { connected: boolean, again: boolean, card: boolean }} delivery
 * @property {(tile: HTMLElement, camera: CameraStatus) => void} answered
 * @property {() => void} failed
 */

const POLL_MS = 2000;
/** Without an answer for so long, nobody knows whether the pictures are live. */
const OVERDUE_MS = 3500;

const wall = /** @type {HTMLElement} */ (document.getElementById("wall"));
const tiles = Array.from(/** @type {NodeListOf<HTMLElement>} */ (wall.querySelectorAll(".tile")));
const pictures = wall.dataset.pictures === "streams" ? streams() : snapshots();
/** @type {Map<string, CameraStatus>} */
let cameras = new Map();
let answeredAt = performance.now();
let reachable = true;

const poll = createPoll(
  address("api/cameras"),
  POLL_MS,
  (/** @type {{ cameras: CameraStatus[] }} */ answer) => {
    answeredAt = performance.now();
    cameras = new Map(answer.cameras.map((camera) => [camera.name, camera]));
    for (const tile of tiles) {
      const camera = cameras.get(cameraName(tile));
      if (camera !== undefined) pictures.answered(tile, camera);
    }
    reachable = true;
    showAll();
  },
  () => {
    pictures.failed();
    reachable = false;
    showAll();
  },
);

function showAll() {
  const sinceMs = performance.now() - answeredAt;
  const inTime = reachable && sinceMs < OVERDUE_MS;
  for (const tile of tiles) {
    const camera = cameras.get(cameraName(tile));
    showBadge(tile, describe({ camera, reachable: inTime, ...pictures.delivery(tile), sinceMs }));
  }
}

/** Whether what has come to a tile is a picture or a card, the server knows. @param {HTMLElement} tile */
function askIfNotLive(tile) {
  if (cameras.get(cameraName(tile))?.state !== "live") poll.hurry();
}

/** @returns {Pictures} */
function streams() {
  const players = new Map(
    tiles.map((tile) => {
      const url = address(`cameras/${cameraName(tile)}/video_feed`);
      const player = createPlayer(viewOf(tile), url, () => {
        showAll();
        if (player.arrived) askIfNotLive(tile);
      });
      return [tile, { player, watch: createWatch(player) }];
    }),
  );
  const all = Array.from(players.values());
  /** @param {HTMLElement} tile */
  const streamOf = (tile) => /** @type {typeof all[number]} */ (players.get(tile));
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let looking;
  return {
    start() {
      for (const { watch } of all) watch.start();
      looking = setInterval(() => {
        for (const { watch } of all) void watch.look();
      }, 1000);
    },
    stop() {
      clearInterval(looking);
      for (const { player } of all) player.stop();
    },
    delivery: (tile) => streamOf(tile).watch.delivery(),
    answered: (tile, camera) => streamOf(tile).watch.answered(camera),
    failed() {
      for (const { watch } of all) watch.failed();
    },
  };
}

/** @returns {Pictures} */
function snapshots() {
  const { start, stop, delivery, answered } = createSnapshots(
    tiles.map((tile) => ({ view: viewOf(tile), url: address(`cameras/${cameraName(tile)}/snapshot.jpg`) })),
    (view, isFirst) => {
      showAll();
      if (isFirst) askIfNotLive(/** @type {HTMLElement} */ (view.closest(".tile")));
    },
  );
  return {
    start,
    stop,
    delivery: (tile) => delivery(viewOf(tile)),
    answered: (tile, camera) => answered(viewOf(tile), camera),
    failed() {},
  };
}

/** @param {HTMLElement} tile */
function cameraName(tile) {
  return tile.dataset.camera ?? "";
}

/** @param {HTMLElement} tile */
function viewOf(tile) {
  return /** @type {HTMLElement} */ (tile.querySelector(".view"));
}

document.documentElement.classList.add("js");
keepBestFit(wall);
/** @type {ReturnType<typeof setInterval> | undefined} */
let showing;
whileShown(
  () => {
    answeredAt = performance.now();
    reachable = true;
    pictures.start();
    poll.start();
    showing = setInterval(showAll, 1000);
  },
  () => {
    clearInterval(showing);
    poll.stop();
    pictures.stop();
  },
);
