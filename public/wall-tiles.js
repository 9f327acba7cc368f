// @ts-check
import { address } from "./address.js";
import { hubOf } from "./live-hub.js";
import { createLivePlayer } from "./live-player.js";

/**
 * @typedef {import("./wall-large.js").Tile & { player: import("./live-player.js").LivePlayer }} WallTile
 * @typedef {import("./live-engine.js").Named} Named
 *
 * @typedef {object} TileEvents
 * @property {(name: string, state: import("./live-player.js").LiveState) => void} onState
 * @property {() => void} onChange Called when cameras have come or gone, or are in another order or called otherwise.
 * @property {(tile: WallTile) => void} onAdd Of those that the page came with, too.
 * @property {(tile: WallTile) => void} onRemove
 */

/**
 * The tiles of a wall, in their order: those that the page came with, and those of cameras that come while it is open. Those of
 * cameras that go, go; the others are left alone.
 *
 * @param {HTMLElement} wall
 * @param {HTMLTemplateElement} template Of a tile, for cameras that come.
 * @param {TileEvents} events
 * @returns {readonly WallTile[]} The same array, whatever comes or goes.
 */
export function createTiles(wall, template, { onState, onChange, onAdd, onRemove }) {
  const base = address("");
  const links = /** @type {NodeListOf<HTMLElement>} */ (wall.querySelectorAll(".tile"));
  const tiles = Array.from(links, (link) => {
    return createTile(link, link.dataset["camera"] ?? "", link.querySelector("h2")?.textContent ?? "");
  });

  /**
   * @param {HTMLElement} link
   * @param {string} name
   * @param {string} title
   */
  function createTile(link, name, title) {
    const view = /** @type {HTMLElement} */ (link.querySelector(".view"));
    const player = createLivePlayer({ base, camera: name, container: view, onState: (state) => onState(name, state) });
    const tile = { name, link, view, title, player };
    onAdd(tile);
    return tile;
  }

  /** @param {Named} camera */
  function add({ name, title }) {
    const link = /** @type {HTMLAnchorElement} */ (template.content.firstElementChild?.cloneNode(true));
    link.dataset["camera"] = name;
    link.href = `${base}cameras/${name}`;
    for (const part of ["title", "state"]) link.querySelector(`#${part}-`)?.setAttribute("id", `${part}-${name}`);
    link.setAttribute("aria-labelledby", `title-${name}`);
    link.setAttribute("aria-describedby", `state-${name}`);
    // It is to be on the page when its player measures it.
    wall.append(link);
    const tile = createTile(link, name, title);
    tiles.push(tile);
    return tile;
  }

  /** @param {WallTile} tile */
  function remove(tile) {
    tiles.splice(tiles.indexOf(tile), 1);
    onRemove(tile);
    tile.player.close();
    tile.link.remove();
  }

  /** @param {readonly Named[]} cameras */
  function follow(cameras) {
    const isSame = cameras.every(({ name, title }, at) => tiles[at]?.name === name && tiles[at]?.title === title);
    // Who may see none any more is told so on each tile.
    if (cameras.length === 0 || (isSame && cameras.length === tiles.length)) return;
    // What comes, comes first: the connection ends with the last tile.
    const next = cameras.map((camera) => tiles.find(({ name }) => name === camera.name) ?? add(camera));
    for (const tile of tiles.filter((tile) => !next.includes(tile))) remove(tile);
    for (const [at, tile] of next.entries()) {
      tiles[at] = tile;
      tile.title = cameras[at]?.title ?? tile.name;
      const title = tile.link.querySelector("h2");
      if (title !== null) title.textContent = tile.title;
      // Only what is out of its place is moved.
      if (wall.children[at] !== tile.link) wall.insertBefore(tile.link, wall.children[at] ?? null);
    }
    onChange();
  }

  hubOf(base, "").follow(follow);
  return tiles;
}
