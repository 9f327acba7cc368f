import type { Named } from "../player/engine/engine-messages.ts";
import { hubOf } from "../player/hub.ts";
import { createLivePlayer, type LivePlayer } from "../player/live-player.ts";
import type { LiveState } from "../player/live-state.ts";
import { address } from "../ui/address.ts";
import type { Tile } from "./large-view.ts";

export type WallTile = Tile & { player: LivePlayer };

interface TileEvents {
  onState: (name: string, state: LiveState) => void;
  /** Called when cameras have come or gone, or are in another order or called otherwise. */
  onChange: () => void;
  /** Of those that the page came with, too. */
  onAdd: (tile: WallTile) => void;
  onRemove: (tile: WallTile) => void;
}

/**
 * The tiles of a wall, in their order: those that the page came with, and those of cameras that
 * come while it is open. Those of cameras that go, go; the others are left alone.
 *
 * @param template Of a tile, for cameras that come.
 * @returns The same array, whatever comes or goes.
 */
export function createTiles(
  wall: HTMLElement,
  template: HTMLTemplateElement,
  { onState, onChange, onAdd, onRemove }: TileEvents,
): readonly WallTile[] {
  const base = address("");
  const links = wall.querySelectorAll(".tile") as NodeListOf<HTMLElement>;
  const tiles = Array.from(links, (link) => {
    return createTile(link, link.dataset["camera"] ?? "", link.querySelector("h2")?.textContent ?? "");
  });

  function createTile(link: HTMLElement, name: string, title: string) {
    const view = link.querySelector(".view") as HTMLElement;
    const player = createLivePlayer({ base, camera: name, container: view, onState: (state) => onState(name, state) });
    const tile = { name, link, view, title, player };
    onAdd(tile);
    return tile;
  }

  function add({ name, title }: Named) {
    const link = template.content.firstElementChild?.cloneNode(true) as HTMLAnchorElement;
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

  function remove(tile: WallTile) {
    tiles.splice(tiles.indexOf(tile), 1);
    onRemove(tile);
    tile.player.close();
    tile.link.remove();
  }

  function follow(cameras: readonly Named[]) {
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
