import type { CameraStatus } from "../camera-status.ts";
import type { Urls } from "../start-engine.ts";
import type { FromEngine, Named, TileSize, ToEngine } from "./engine-messages.ts";
import type { ServerMessage } from "./live-messages.ts";
import { LiveSocket } from "./live-socket.ts";
import { PaintScheduler } from "./paint-scheduler.ts";
import { Painter } from "./painter.ts";
import { type LiveFrame, readFrame } from "./read-frame.ts";
import { ServerClock } from "./server-clock.ts";
import { Tile } from "./tile.ts";

/** How often it reports on the tiles. */
const REPORT_MS = 250;
const TIME_MS = 5000;
/**
 * How long the connection is kept without a subscription: people look at another tab and come back.
 */
const LINGER_MS = 10_000;
/** If this many frames in a row cannot be decoded, and none ever could, none can. */
const HOPELESS_AFTER = 8;

/**
 * Paints frames from /live on any number of canvases, over one connection. The same in a worker and
 * on a page.
 */
export class Engine {
  readonly #post: (message: FromEngine, transfer?: Transferable[]) => void;
  readonly #socket: LiveSocket;
  readonly #tiles: Map<number, Tile> = new Map();
  /** By the ids of their subscriptions. */
  readonly #subscribed: Map<number, Tile> = new Map();
  readonly #clock = new ServerClock();
  readonly #scheduler = new PaintScheduler();
  #lastId = 0;
  /** Frames in a row that could not be decoded. */
  #broken = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #usedAt = performance.now();
  #reporting: ReturnType<typeof setInterval> | undefined;

  constructor(urls: Urls, post: (message: FromEngine, transfer?: Transferable[]) => void) {
    this.#post = post;
    this.#socket = new LiveSocket(urls, {
      onChange: (state) => {
        if (state !== "open") for (const id of this.#subscribed.keys()) this.#release(id);
        this.#report();
      },
      onRefused: (refusal) => post({ type: "refused", ...refusal }),
      onMessage: (message) => this.#hear(message),
      onFrame: (message) => {
        const frame = readFrame(message);
        // What comes after its subscription was given up has no tile.
        if (frame !== undefined) this.#subscribed.get(frame.id)?.painter.show(frame);
      },
    });
  }

  handle(message: ToEngine) {
    if (message.type === "add") return this.#add(message);
    if (message.type === "hurry") return this.#socket.hurry();
    if (message.type === "leave") return this.#disconnect();
    const tile = this.#tiles.get(message.tile);
    if (tile === undefined) return;
    if (message.type === "want") this.#want(tile, message);
    else if (message.type === "remove") this.#remove(tile);
    else if (message.type === "mirror") tile.isMirrored = message.isOn;
    else this.#post({ type: "still", request: message.request, jpeg: tile.painter.painted?.jpeg.slice() });
  }

  /** Ends everything. */
  close(): void {
    this.#disconnect();
    for (const tile of this.#tiles.values()) tile.painter.close();
    this.#tiles.clear();
  }

  #hear(message: ServerMessage) {
    if (Array.isArray(message.cameras)) this.#post({ type: "cameras", cameras: message.cameras });
    if (message.type === "cameras") return this.#retry(message.cameras);
    if (message.type === "hello") {
      this.#clock.greet(message.now);
      for (const tile of this.#tiles.values()) this.#subscribe(tile);
      this.#askTime();
    } else if (message.type === "time") this.#clock.sample(message.at, message.now);
    const tile = this.#subscribed.get(message.id);
    if (tile !== undefined) this.#hearOf(tile, message);
  }

  #hearOf(tile: Tile, message: ServerMessage): void {
    if (message.type === "state") {
      const { lastFrameAt } = message;
      if (tile.updateSource(message.width, message.height)) this.#subscribe(tile);
      const ageMs = typeof lastFrameAt === "number" ? Math.max(0, this.#clock.now() - lastFrameAt) : null;
      this.#post({ type: "state", tile: tile.number, camera: { ...message, ageMs } as CameraStatus & ServerMessage });
    } else if (message.type === "error") {
      this.#release(message.id);
      this.#post({ type: "error", tile: tile.number, message: String(message.message) });
    }
  }

  /** Subscribes again to what was refused: it may be there now. */
  #retry(cameras: Named[]): void {
    for (const tile of this.#tiles.values()) {
      if (tile.id === undefined && cameras.some(({ name }) => name === tile.camera)) this.#subscribe(tile);
    }
  }

  #askTime(): void {
    this.#askedAt = performance.now();
    this.#socket.send({ type: "time", at: this.#askedAt });
  }

  #subscribe(tile: Tile): void {
    if (!tile.isWanted || this.#socket.state !== "open") return;
    if (tile.id === undefined) {
      // A new one each time: frames that are still in flight are not taken for those of the next.
      do this.#lastId = (this.#lastId + 1) % 65_536;
      while (this.#subscribed.has(this.#lastId));
      tile.begin(this.#lastId);
      this.#subscribed.set(this.#lastId, tile);
    }
    this.#socket.send({ type: "subscribe", id: tile.id, ...tile.subscription });
  }

  #release(id: number): void {
    this.#subscribed.get(id)?.end();
    this.#subscribed.delete(id);
  }

  #unsubscribe({ id }: Tile): void {
    if (id === undefined) return;
    this.#socket.send({ type: "unsubscribe", id });
    this.#release(id);
  }

  #report(): void {
    const { state, heardAt } = this.#socket;
    const serverNow = this.#clock.now();
    const tiles = Array.from(this.#tiles.values(), (tile) => tile.report(serverNow));
    this.#post({ type: "report", connection: state, silentMs: performance.now() - heardAt, tiles });
  }

  #tick(): void {
    const now = performance.now();
    if (now - this.#askedAt > TIME_MS) this.#askTime();
    const isUsed = this.#subscribed.size > 0 || Array.from(this.#tiles.values()).some(({ isWanted }) => isWanted);
    if (isUsed) this.#usedAt = now;
    else if (now - this.#usedAt > LINGER_MS) this.#disconnect();
    this.#report();
  }

  #connect(): void {
    this.#usedAt = performance.now();
    this.#reporting ??= setInterval(() => this.#tick(), REPORT_MS);
    this.#socket.open();
  }

  #disconnect(): void {
    clearInterval(this.#reporting);
    this.#reporting = undefined;
    this.#socket.close();
  }

  #add({ tile: number, camera, query, canvas }: Extract<ToEngine, { type: "add" }>): void {
    const painter = new Painter(canvas, this.#scheduler, (frame, isPainted) => this.#settled(tile, frame, isPainted));
    const tile = new Tile({ number, camera, query, painter });
    this.#tiles.set(number, tile);
  }

  #settled(tile: Tile, frame: LiveFrame, isPainted: boolean): void {
    this.#broken = isPainted ? Number.NEGATIVE_INFINITY : this.#broken + 1;
    if (this.#broken === HOPELESS_AFTER) this.#post({ type: "hopeless" });
    if (tile.id !== frame.id) return;
    this.#socket.send({ type: "ack", id: frame.id, number: frame.number });
    if (!isPainted) return;
    if (tile.sample(frame)) this.#report();
    if (tile.isMirrored) void this.#mirror(tile);
  }

  async #mirror({ number, painter }: Tile): Promise<void> {
    const bitmap = await createImageBitmap(painter.canvas);
    this.#post({ type: "mirror", tile: number, bitmap }, [bitmap]);
  }

  #want(tile: Tile, { wanted, width, height }: TileSize) {
    const isNew = tile.want({ wanted, width, height });
    if (!wanted) return this.#unsubscribe(tile);
    if (isNew || tile.id === undefined) this.#subscribe(tile);
    this.#connect();
  }

  #remove(tile: Tile): void {
    this.#unsubscribe(tile);
    tile.painter.close();
    this.#tiles.delete(tile.number);
  }
}
