// @ts-check
import { createClock } from "./live-clock.js";
import { readPicture } from "./live-header.js";
import { createPainter } from "./live-painter.js";
import { createSocket } from "./live-socket.js";
import { createTile } from "./live-tile.js";
import { createTurns } from "./live-turns.js";

/**
 * @typedef {import("./live-tile.js").TileReport} TileReport
 * @typedef {{ name: string, title: string }} Named A camera, as the server lists it.
 */

/** How often it says how the tiles are. */
const REPORT_MS = 250;
const TIME_MS = 5000;
/** How long the connection is kept without a subscription: people look at another tab and come back. */
const LINGER_MS = 10_000;
/** When so many pictures in a row could not be decoded, and never one could, none can. */
const HOPELESS_AFTER = 8;

/**
 * What a page and its engine say to each other: plain objects, since the engine is mostly in a worker.
 *
 * @typedef {{ type: "add", tile: number, camera: string, query: string, canvas: HTMLCanvasElement | OffscreenCanvas }
 *   | { type: "want", tile: number, wanted: boolean, width: number, height: number }
 *   | { type: "remove", tile: number }
 *   | { type: "still", tile: number, request: number }
 *   | { type: "mirror", tile: number, isOn: boolean }
 *   | { type: "hurry" }
 *   | { type: "leave" }} ToEngine
 *
 * @typedef {{ type: "report", connection: import("./live-socket.js").SocketState, silentMs: number,
 *     tiles: TileReport[] }
 *   | { type: "cameras", cameras: Named[] }
 *   | { type: "state", tile: number, camera: import("./status.js").CameraStatus }
 *   | { type: "error", tile: number, message: string }
 *   | { type: "still", request: number, jpeg: Uint8Array | undefined }
 *   | { type: "mirror", tile: number, bitmap: ImageBitmap }
 *   | ({ type: "refused" } & import("./live-socket.js").Refusal)
 *   | { type: "hopeless" }} FromEngine
 */

/**
 * Has pictures from /live painted on any number of canvases, over one connection. The same in a worker and on a page.
 *
 * @param {import("./live-start.js").Urls} urls
 * @param {(message: FromEngine, transfer?: Transferable[]) => void} post
 */
export function createEngine(urls, post) {
  /** @type {Map<number, ReturnType<typeof createTile>>} */
  const tiles = new Map();
  /** By the ids of their subscriptions. @type {Map<number, ReturnType<typeof createTile>>} */
  const subscribed = new Map();
  const clock = createClock();
  const turns = createTurns();
  let ids = 0;
  let bad = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  let usedAt = performance.now();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let reporting;

  const socket = createSocket({
    ...urls,
    onChange(state) {
      if (state !== "open") for (const id of subscribed.keys()) release(id);
      report();
    },
    onRefused: (refusal) => post({ type: "refused", ...refusal }),
    onMessage: hear,
    onPicture(message) {
      const picture = readPicture(message);
      const tile = picture && subscribed.get(picture.id);
      // What comes after its subscription was given up is nobody's.
      if (picture !== undefined) tile?.painter.show(picture);
    },
  });

  /** @param {Record<string, any>} message */
  function hear(message) {
    if (Array.isArray(message["cameras"])) post({ type: "cameras", cameras: message["cameras"] });
    if (message["type"] === "cameras") return retry(message["cameras"]);
    if (message["type"] === "hello") {
      clock.greet(message["now"]);
      askedAt = Number.NEGATIVE_INFINITY;
      for (const tile of tiles.values()) subscribe(tile);
      ask();
    } else if (message["type"] === "time") clock.learn(message["at"], message["now"]);
    const tile = subscribed.get(message["id"]);
    if (tile !== undefined) hearOf(tile, message);
  }

  /**
   * @param {ReturnType<typeof createTile>} tile
   * @param {Record<string, any>} message
   */
  function hearOf(tile, message) {
    if (message["type"] === "state") {
      const { lastFrameAt } = message;
      if (tile.learn(message["width"], message["height"])) subscribe(tile);
      const ageMs = typeof lastFrameAt === "number" ? Math.max(0, clock.now() - lastFrameAt) : null;
      post({ type: "state", tile: tile.number, camera: /** @type {any} */ ({ ...message, ageMs }) });
    } else if (message["type"] === "error") {
      release(message["id"]);
      post({ type: "error", tile: tile.number, message: String(message["message"]) });
    }
  }

  /** What was refused may be there now. @param {Named[]} cameras */
  function retry(cameras) {
    for (const tile of tiles.values()) {
      if (tile.id === undefined && cameras.some(({ name }) => name === tile.camera)) subscribe(tile);
    }
  }

  function ask() {
    askedAt = performance.now();
    socket.send({ type: "time", at: askedAt });
  }

  /** @param {ReturnType<typeof createTile>} tile */
  function subscribe(tile) {
    if (!tile.wanted || socket.state !== "open") return;
    if (tile.id === undefined) {
      // A new one each time: pictures that are still on their way are not taken for those of the next.
      do ids = (ids + 1) % 65_536;
      while (subscribed.has(ids));
      tile.begin(ids);
      subscribed.set(ids, tile);
    }
    const { camera, query, width, height, isSmall } = tile;
    const size = width > 0 && !isSmall ? { width, height } : {};
    socket.send({ type: "subscribe", id: tile.id, camera, query, ...size });
  }

  /** @param {number | undefined} id */
  function release(id) {
    if (id === undefined) return;
    subscribed.get(id)?.end();
    subscribed.delete(id);
  }

  /** @param {ReturnType<typeof createTile>} tile */
  function unsubscribe(tile) {
    if (tile.id !== undefined) socket.send({ type: "unsubscribe", id: tile.id });
    release(tile.id);
  }

  function report() {
    const now = performance.now();
    const serverNow = clock.now();
    const states = Array.from(tiles.values(), (tile) => tile.report(serverNow));
    post({ type: "report", connection: socket.state, silentMs: now - socket.heardAt, tiles: states });
  }

  function beat() {
    const now = performance.now();
    if (now - askedAt > TIME_MS) ask();
    if (subscribed.size > 0 || anyWanted()) usedAt = now;
    else if (now - usedAt > LINGER_MS) close();
    report();
  }

  const anyWanted = () => Array.from(tiles.values()).some(({ wanted }) => wanted);

  function open() {
    usedAt = performance.now();
    reporting ??= setInterval(beat, REPORT_MS);
    socket.open();
  }

  function close() {
    clearInterval(reporting);
    reporting = undefined;
    socket.close();
  }

  /** @param {Extract<ToEngine, { type: "add" }>} message */
  function add({ tile: number, camera, query, canvas }) {
    const painter = createPainter(canvas, turns, (picture, isPainted) => {
      bad = isPainted ? Number.NEGATIVE_INFINITY : bad + 1;
      if (bad === HOPELESS_AFTER) post({ type: "hopeless" });
      if (tile.id !== picture.id) return;
      socket.send({ type: "ack", id: picture.id, number: picture.number });
      if (!isPainted) return;
      if (tile.painted(picture)) report();
      if (tile.isMirrored) void mirror(tile);
    });
    const tile = createTile({ number, camera, query, painter });
    tiles.set(number, tile);
  }

  /** @param {ReturnType<typeof createTile>} tile */
  async function mirror(tile) {
    const bitmap = await createImageBitmap(tile.painter.canvas);
    post({ type: "mirror", tile: tile.number, bitmap }, [bitmap]);
  }

  /**
   * @param {ReturnType<typeof createTile>} tile
   * @param {Extract<ToEngine, { type: "want" }>} message
   */
  function want(tile, message) {
    const isNew = tile.want(message);
    if (!tile.wanted) return unsubscribe(tile);
    if (isNew || tile.id === undefined) subscribe(tile);
    open();
  }

  /** @param {ReturnType<typeof createTile>} tile */
  function remove(tile) {
    unsubscribe(tile);
    tile.painter.close();
    tiles.delete(tile.number);
  }

  return {
    /** @param {ToEngine} message */
    handle(message) {
      if (message.type === "add") return add(message);
      if (message.type === "hurry") return socket.hurry();
      if (message.type === "leave") return close();
      const tile = tiles.get(message.tile);
      if (tile === undefined) return;
      if (message.type === "want") want(tile, message);
      else if (message.type === "remove") remove(tile);
      else if (message.type === "mirror") tile.isMirrored = message.isOn;
      else post({ type: "still", request: message.request, jpeg: tile.painter.painted?.jpeg.slice() });
    },
    /** Ends everything. */
    close() {
      close();
      for (const tile of tiles.values()) tile.painter.close();
      tiles.clear();
    },
  };
}
