import type { LiveState } from "../player/live-state.ts";
import { showBadge } from "../ui/badge.ts";
import { enableFullScreen } from "../ui/full-screen.ts";
import { enableSwipe } from "../ui/swipe.ts";
import { createWakeLock } from "../ui/wake-lock.ts";
import { keepBestFit } from "../wall/best-fit.ts";
import { enableWallKeys } from "../wall/keys.ts";
import { LargeView, type Tile } from "../wall/large-view.ts";
import { rememberedLayout, rememberLayout } from "../wall/layout-memory.ts";
import { type WallTile, WallTiles } from "../wall/tiles.ts";

const wall = element("wall");
const stage = element("large");
const columns = element("columns") as HTMLSelectElement;
const count = element("count");
const page = element("large-page") as HTMLAnchorElement;
const { title } = document;
const states: Map<string, LiveState> = new Map();

document.documentElement.classList.add("js");
const template = element("tile") as HTMLTemplateElement;
const { list: tiles } = new WallTiles(wall, template, {
  onState: show,
  onChange: refit,
  onAdd: lead,
  onRemove: forget,
});
const fit = keepBestFit(wall, tiles);
const large = new LargeView(stage, tiles, enlarged);
const screen = enableFullScreen(stage, element("large-full-screen"));
const wakeLock = createWakeLock();
const remembered = rememberedLayout();

function show(name: string, state: LiveState) {
  states.set(name, state);
  showBadge(wall.querySelector(`[data-camera="${name}"]`) as HTMLElement, state);
  if (stage.dataset["camera"] === name) showBadge(stage, state);
  tell();
}

/** Says how many cameras there are, and how many are offline. */
function tell() {
  const offline = Array.from(states.values()).filter(({ mood }) => mood === "offline").length;
  // Not by `tiles`, of which the first report while the others are created.
  const all = wall.childElementCount;
  const text = `${all} camera${all === 1 ? "" : "s"}${offline > 0 ? `, ${offline} offline` : ""}`;
  if (count.textContent !== text) count.textContent = text;
}

function enlarged(now: Tile | undefined) {
  for (const part of [element("bar"), wall]) part.inert = now !== undefined;
  for (const { name, player } of tiles) player.pause(now !== undefined && name !== now.name);
  document.title = now === undefined ? title : `${now.title} · ${title}`;
  wakeLock.want(now !== undefined);
  rememberLayout({ large: now?.name ?? "" });
  if (now === undefined) {
    delete stage.dataset["camera"];
    screen.leave();
    return;
  }
  stage.dataset["camera"] = now.name;
  element("large-title").textContent = now.title;
  page.href = now.link.getAttribute("href") ?? "";
  const state = states.get(now.name);
  if (state !== undefined) showBadge(stage, state);
}

function lead(tile: WallTile) {
  tile.link.addEventListener("click", (event) => {
    // Another tab or window: the browser follows the link.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    large.open(tile);
  });
  // A large one leads back.
  tile.view.addEventListener("click", (event) => {
    if (large.current !== tile || stage.classList.contains("filling")) return;
    event.stopPropagation();
    large.close();
  });
}

function forget(tile: WallTile) {
  states.delete(tile.name);
  if (large.current === tile) large.close();
}

/** Takes other tiles, or other titles. */
function refit() {
  const { current } = large;
  for (const { name, player } of tiles) player.pause(current !== undefined && name !== current.name);
  if (current !== undefined) enlarged(current);
  offerColumns();
  fit(Number(columns.value));
  tell();
}

/** Offers as many columns as there are cameras, at most six. */
function offerColumns() {
  const most = Math.min(tiles.length, 6);
  while (columns.options.length > most + 1) columns.options[columns.options.length - 1]?.remove();
  for (let each = columns.options.length; each <= most; each++) columns.add(new Option(String(each)));
}

function fillScreen() {
  if (large.current !== undefined) void screen.toggle();
  else if (document.fullscreenElement !== null) void document.exitFullscreen();
  else void document.documentElement.requestFullscreen?.().catch(() => {});
}

function element(id: string) {
  return document.getElementById(id) as HTMLElement;
}

element("large-back").addEventListener("click", () => large.close());
element("large-before").addEventListener("click", () => large.step(-1));
element("large-next").addEventListener("click", () => large.step(1));
element("full-screen").addEventListener("click", fillScreen);
element("full-screen").hidden = document.documentElement.requestFullscreen === undefined;
columns.addEventListener("change", () => {
  fit(Number(columns.value));
  rememberLayout({ columns: Number(columns.value) });
});
enableSwipe(stage.querySelector(".slot") as HTMLElement, (step) => large.step(step));
enableWallKeys(tiles, large, fillScreen);

columns.value = String(remembered.columns);
if (columns.selectedIndex < 0) columns.value = "0";
fit(Number(columns.value));
const first = tiles.find(({ name }) => name === (asked() || remembered.large));
if (first !== undefined) large.open(first, "none");

/** Returns the camera that the URL names. */
function asked() {
  return location.hash.slice(1);
}
