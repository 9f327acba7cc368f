// @ts-check
import { address } from "./address.js";
import { showBadge } from "./badge.js";
import { keepBestFit } from "./best-fit.js";
import { createLivePlayer } from "./live-player.js";

const wall = /** @type {HTMLElement} */ (document.getElementById("wall"));
const tiles = Array.from(/** @type {NodeListOf<HTMLElement>} */ (wall.querySelectorAll(".tile")));

document.documentElement.classList.add("js");
keepBestFit(wall);
const players = new Map(
  tiles.map((tile) => {
    const container = /** @type {HTMLElement} */ (tile.querySelector(".view"));
    const onState = (/** @type {import("./live-player.js").LiveState} */ state) => showBadge(tile, state);
    return [tile, createLivePlayer({ base: address(""), camera: tile.dataset["camera"] ?? "", container, onState })];
  }),
);
void players;
