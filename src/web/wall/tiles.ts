import type { Named } from "../player/engine/engine-messages.ts";
import { hubOf } from "../player/hub.ts";
import { createLivePlayer, type LivePlayer } from "../player/live-player.ts";
import type { LiveState } from "../player/live-state.ts";
import { address } from "../ui/address.ts";
import type { Tile } from "./large-view.ts";

export type WallTile = Tile & { player: LivePlayer };

interface TileEvents {
  onState: (name: string, state: LiveState) => void;
  /** Called when cameras have come or gone, or have another order or title. */
  onChange: () => void;
  /** Also of those that the page came with. */
  onAdd: (tile: WallTile) => void;
  onRemove: (tile: WallTile) => void;
}

/**
 * The tiles of a wall, in their order. Adds those of cameras that come while it is open, and
 * removes those that go.
 */
export class WallTiles {
  /** The same array all the time. */
  readonly list: WallTile[] = [];
  readonly #wall: HTMLElement;
  readonly #template: HTMLTemplateElement;
  readonly #events: TileEvents;
  readonly #base = address("");

  /** @param template Of a tile, for cameras that come. */
  constructor(wall: HTMLElement, template: HTMLTemplateElement, events: TileEvents) {
    [this.#wall, this.#template, this.#events] = [wall, template, events];
    for (const link of wall.querySelectorAll<HTMLElement>(".tile")) {
      this.#add(link, link.dataset["camera"] ?? "", link.querySelector("h2")?.textContent ?? "");
    }
    hubOf(this.#base, "").follow((cameras) => this.#follow(cameras));
  }

  #add(link: HTMLElement, name: string, title: string): WallTile {
    const view = link.querySelector(".view") as HTMLElement;
    const onState = (state: LiveState) => this.#events.onState(name, state);
    const player = createLivePlayer({ base: this.#base, camera: name, container: view, onState });
    const tile = { name, link, view, title, player };
    this.list.push(tile);
    this.#events.onAdd(tile);
    return tile;
  }

  #create({ name, title }: Named): WallTile {
    const link = this.#template.content.firstElementChild?.cloneNode(true) as HTMLAnchorElement;
    link.dataset["camera"] = name;
    link.href = `${this.#base}cameras/${name}`;
    for (const part of ["title", "state"]) link.querySelector(`#${part}-`)?.setAttribute("id", `${part}-${name}`);
    link.setAttribute("aria-labelledby", `title-${name}`);
    link.setAttribute("aria-describedby", `state-${name}`);
    // Its player measures it on the page.
    this.#wall.append(link);
    return this.#add(link, name, title);
  }

  #remove(tile: WallTile): void {
    this.list.splice(this.list.indexOf(tile), 1);
    this.#events.onRemove(tile);
    tile.player.close();
    tile.link.remove();
  }

  #follow(cameras: readonly Named[]): void {
    const { list } = this;
    const isSame = cameras.every(({ name, title }, at) => list[at]?.name === name && list[at]?.title === title);
    // A client that may see no camera any more is told so on each tile.
    if (cameras.length === 0 || (isSame && cameras.length === list.length)) return;
    // New tiles come first: the connection ends with the last tile.
    const next = cameras.map((camera) => list.find(({ name }) => name === camera.name) ?? this.#create(camera));
    for (const tile of list.filter((tile) => !next.includes(tile))) this.#remove(tile);
    for (const [at, tile] of next.entries()) {
      list[at] = tile;
      this.#place(tile, at, cameras[at]?.title ?? tile.name);
    }
    this.#events.onChange();
  }

  #place(tile: WallTile, at: number, title: string): void {
    tile.title = title;
    const heading = tile.link.querySelector("h2");
    if (heading !== null) heading.textContent = title;
    // Moves only what is out of place.
    const wall = this.#wall;
    if (wall.children[at] !== tile.link) wall.insertBefore(tile.link, wall.children[at] ?? null);
  }
}
