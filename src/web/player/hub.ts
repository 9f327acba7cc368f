import { watchPage } from "../ui/page-visibility.ts";
import { momentNow, since } from "./elapsed.ts";
import type { FromEngine, Named, TileSize } from "./engine/engine-messages.ts";
import { HangDetector } from "./hang-detector.ts";
import { type HubListener, HubTile } from "./hub-tile.ts";
import { urlsOf, whyRefused } from "./server-urls.ts";
import { type RunningEngine, startEngine } from "./start-engine.ts";
import { StillRequests } from "./still-requests.ts";

const TICK_MS = 250;
/** After this many workers that hung the page does without. */
const MAX_HANGS = 2;
/** After this silence nobody knows what is live: the server says something each second. */
const OVERDUE_MS = 2500;

const hubs: Map<string, Hub> = new Map();

/**
 * Returns what all players of one server share on this page, if they have the same token.
 *
 * @param base The server's address, with a slash at its end.
 * @param token Empty for none.
 */
export function hubOf(base: string, token: string): Hub {
  const name = `${base} ${token}`;
  const hub = hubs.get(name) ?? new Hub(base, token, () => hubs.delete(name));
  hubs.set(name, hub);
  return hub;
}

/** One connection to /live, and the engine that runs it, for any number of tiles. */
export class Hub {
  readonly base: string;
  readonly #token: string;
  readonly #onEmpty: () => void;
  readonly #tiles: Map<number, HubTile> = new Map();
  readonly #stills = new StillRequests();
  readonly #followers: Set<(cameras: Named[]) => void> = new Set();
  readonly #unwatch: () => void;
  readonly #ticking: ReturnType<typeof setInterval>;
  #engine: RunningEngine | undefined;
  /** Counts engines: what an earlier one says is not heard. */
  #engines = 0;
  #numbers = 0;
  #hangs = 0;
  #reportedAt = momentNow();
  /** Since the server last said something, when the engine reported. */
  #silentMs = Number.POSITIVE_INFINITY;
  readonly #hangDetector = new HangDetector(TICK_MS);
  #isLive = true;
  #isHopeless = false;
  #refusal = "";
  #isShown = !document.hidden;

  constructor(base: string, token: string, onEmpty: () => void) {
    this.base = base;
    this.#token = token;
    this.#onEmpty = onEmpty;
    this.#unwatch = watchPage({
      show: (isShown) => this.#show(isShown),
      hurry: () => this.hurry(),
      leave: () => this.#engine?.post({ type: "leave" }),
    });
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    void this.#start();
  }

  /** Whether the page is seen. */
  get isShown(): boolean {
    return this.#isShown;
  }

  /** Whether frames come over /live, or may yet; else each player uses another way. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** Why the server refuses, in a sentence; empty if it does not, as far as is known. */
  get refusal(): string {
    return this.#refusal;
  }

  /** Whether the server was heard in time over /live. */
  get isReachable(): boolean {
    return this.#silentMs + since(this.#reportedAt) < OVERDUE_MS;
  }

  /** Whether the engine leaves the page's own thread alone. */
  get isWorker(): boolean {
    return this.#engine?.isWorker === true;
  }

  /** Reconnects at once, if it waits to do so. */
  hurry(): void {
    this.#engine?.post({ type: "hurry" });
  }

  /** Tells all followers which cameras there are. */
  list(cameras: Named[]): void {
    for (const follow of this.#followers) follow(cameras);
  }

  /** Calls `follow` with the cameras there are, each time the server lists them. */
  follow(follow: (cameras: Named[]) => void): void {
    this.#followers.add(follow);
  }

  /** Adds a tile, which shows nothing before it is wanted. */
  add(listener: HubListener): HubTile {
    this.#numbers += 1;
    const tile = new HubTile(this.#numbers, listener, this);
    this.#tiles.set(tile.number, tile);
    if (this.#engine !== undefined) tile.introduce(this.#engine);
    return tile;
  }

  want(tile: number, size: TileSize): void {
    this.#engine?.post({ type: "want", tile, ...size });
  }

  mirror(tile: number, isOn: boolean): void {
    this.#engine?.post({ type: "mirror", tile, isOn });
  }

  /** Returns the JPEG that a tile shows, if the engine gives it in time. */
  async still(tile: number): Promise<Uint8Array | undefined> {
    const engine = this.#engine;
    return engine && (await this.#stills.request((request) => engine.post({ type: "still", tile, request })));
  }

  remove(tile: number): void {
    this.#tiles.delete(tile);
    this.#engine?.post({ type: "remove", tile });
    if (this.#tiles.size > 0) return;
    clearInterval(this.#ticking);
    this.#unwatch();
    this.#stop();
    this.#onEmpty();
  }

  async #start(): Promise<void> {
    this.#engines += 1;
    const own = this.#engines;
    const hear = (message: FromEngine) => {
      if (own === this.#engines) this.#hear(message);
    };
    const engine = await startEngine(urlsOf(this.base, this.#token), hear, this.#hangs < MAX_HANGS);
    if (own !== this.#engines) return engine.end();
    this.#engine = engine;
    this.#hangDetector.heard();
    for (const tile of this.#tiles.values()) tile.introduce(engine);
  }

  #stop(): void {
    this.#engines += 1;
    this.#engine?.end();
    this.#engine = undefined;
    this.#silentMs = Number.POSITIVE_INFINITY;
    this.#stills.end();
  }

  #hear(message: FromEngine) {
    this.#hangDetector.heard();
    if (message.type === "report") return this.#report(message);
    if (message.type === "still") return this.#stills.resolve(message.request, message.jpeg);
    if (message.type === "cameras") return this.list(message.cameras);
    if (message.type === "hopeless") {
      [this.#isHopeless, this.#isLive] = [true, false];
      this.#stop();
      return this.#notify();
    }
    if (message.type === "refused") {
      this.#refusal = whyRefused(this.base, this.#token, message);
      return this.#notify();
    }
    const listener = this.#tiles.get(message.tile)?.listener;
    if (message.type === "state") listener?.onState(message.camera);
    else if (message.type === "error") listener?.onError(message.message);
    else listener?.onMirror(message.bitmap);
  }

  #report({ connection, silentMs, tiles }: Extract<FromEngine, { type: "report" }>): void {
    this.#reportedAt = momentNow();
    const isGone = connection !== "open" && connection !== "connecting";
    this.#silentMs = isGone ? Math.max(silentMs, OVERDUE_MS) : silentMs;
    const wasLive = this.#isLive;
    if (connection === "open") this.#isLive = !this.#isHopeless;
    else if (connection === "blocked") this.#isLive = false;
    if (connection !== "refused") this.#refusal = "";
    for (const report of tiles) this.#tiles.get(report.tile)?.listener.onReport(report);
    if (wasLive !== this.#isLive) this.#notify();
  }

  #notify(): void {
    for (const { listener } of this.#tiles.values()) listener.onChange();
  }

  #tick(): void {
    const isBusy = Array.from(this.#tiles.values()).some(({ size }) => size.wanted);
    if (this.#hangDetector.tick(isBusy) && this.isWorker) {
      this.#hangs += 1;
      this.#stop();
      void this.#start();
    }
    this.#notify();
  }

  #show(isShown: boolean): void {
    this.#isShown = isShown;
    if (isShown) this.hurry();
    this.#notify();
  }
}
