import type { CameraStatus } from "../camera-status.ts";
import type { Urls } from "../start-engine.ts";
import type { FromEngine, Named, ToEngine } from "./engine-messages.ts";
import { createSocket, type ServerMessage } from "./live-socket.ts";
import { createTurns } from "./paint-scheduler.ts";
import { createPainter } from "./painter.ts";
import { readPicture } from "./read-frame.ts";
import { createClock } from "./server-clock.ts";
import { createTile } from "./tile.ts";

/** How often it says how the tiles are. */
const REPORT_MS = 250;
const TIME_MS = 5000;
/**
 * How long the connection is kept without a subscription: people look at another tab and come back.
 */
const LINGER_MS = 10_000;
/** When so many pictures in a row could not be decoded, and never one could, none can. */
const HOPELESS_AFTER = 8;

/**
 * Has pictures from /live painted on any number of canvases, over one connection. The same in a
 * worker and on a page.
 */
export function createEngine(urls: Urls, post: (message: FromEngine, transfer?: Transferable[]) => void) {
  const tiles: Map<number, ReturnType<typeof createTile>> = new Map();
  /** By the ids of their subscriptions. */
  const subscribed: Map<number, ReturnType<typeof createTile>> = new Map();
  const clock = createClock();
  const turns = createTurns();
  let ids = 0;
  let bad = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  let usedAt = performance.now();
  let reporting: ReturnType<typeof setInterval> | undefined;

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

  function hear(message: ServerMessage) {
    if (Array.isArray(message.cameras)) post({ type: "cameras", cameras: message.cameras });
    if (message.type === "cameras") return retry(message.cameras);
    if (message.type === "hello") {
      clock.greet(message.now);
      askedAt = Number.NEGATIVE_INFINITY;
      for (const tile of tiles.values()) subscribe(tile);
      ask();
    } else if (message.type === "time") clock.learn(message.at, message.now);
    const tile = subscribed.get(message.id);
    if (tile !== undefined) hearOf(tile, message);
  }

  function hearOf(tile: ReturnType<typeof createTile>, message: ServerMessage) {
    if (message.type === "state") {
      const { lastFrameAt } = message;
      if (tile.learn(message.width, message.height)) subscribe(tile);
      const ageMs = typeof lastFrameAt === "number" ? Math.max(0, clock.now() - lastFrameAt) : null;
      post({ type: "state", tile: tile.number, camera: { ...message, ageMs } as CameraStatus & ServerMessage });
    } else if (message.type === "error") {
      release(message.id);
      post({ type: "error", tile: tile.number, message: String(message.message) });
    }
  }

  /** What was refused may be there now. */
  function retry(cameras: Named[]) {
    for (const tile of tiles.values()) {
      if (tile.id === undefined && cameras.some(({ name }) => name === tile.camera)) subscribe(tile);
    }
  }

  function ask() {
    askedAt = performance.now();
    socket.send({ type: "time", at: askedAt });
  }

  function subscribe(tile: ReturnType<typeof createTile>) {
    if (!tile.wanted || socket.state !== "open") return;
    if (tile.id === undefined) {
      // A new one each time: pictures that are still on their way are not taken for those of the
      // next.
      do ids = (ids + 1) % 65_536;
      while (subscribed.has(ids));
      tile.begin(ids);
      subscribed.set(ids, tile);
    }
    const { camera, query, width, height, isSmall } = tile;
    const size = width > 0 && !isSmall ? { width, height } : {};
    socket.send({ type: "subscribe", id: tile.id, camera, query, ...size });
  }

  function release(id: number | undefined) {
    if (id === undefined) return;
    subscribed.get(id)?.end();
    subscribed.delete(id);
  }

  function unsubscribe(tile: ReturnType<typeof createTile>) {
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

  function add({ tile: number, camera, query, canvas }: Extract<ToEngine, { type: "add" }>) {
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

  async function mirror(tile: ReturnType<typeof createTile>) {
    const bitmap = await createImageBitmap(tile.painter.canvas);
    post({ type: "mirror", tile: tile.number, bitmap }, [bitmap]);
  }

  function want(tile: ReturnType<typeof createTile>, message: Extract<ToEngine, { type: "want" }>) {
    const isNew = tile.want(message);
    if (!tile.wanted) return unsubscribe(tile);
    if (isNew || tile.id === undefined) subscribe(tile);
    open();
  }

  function remove(tile: ReturnType<typeof createTile>) {
    unsubscribe(tile);
    tile.painter.close();
    tiles.delete(tile.number);
  }

  return {
    handle(message: ToEngine) {
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
