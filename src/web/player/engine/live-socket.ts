import type { Urls } from "../start-engine.ts";
import type { ServerMessage, SocketState } from "./live-messages.ts";
import { isHealthy, type Refusal, refusalOf } from "./server-health.ts";

/**
 * From a lost connection to the next try. Each is drawn at random around these, so that viewers do
 * not come at once.
 */
const PAUSES_MS = [200, 500, 1000, 2000];
/**
 * The same if the server answers requests and gives no WebSocket: a proxy that does not know them
 * seldom learns.
 */
const BLOCKED_PAUSES_MS = [5000, 10_000, 20_000, 40_000, 60_000];
/** How long a connection may take to bring the server's hello. */
const HELLO_MS = 3000;
/**
 * After this many failures while the server answers requests, something between lets no WebSockets
 * through.
 */
const BLOCKED_AFTER = 2;
/**
 * Silence after which it asks the server for a sign of life: each subscription brings one a second.
 */
const QUIET_MS = 1500;
/** Silence after which the connection is dead: a phone that changed networks is told nothing. */
const DEAD_MS = 6000;
/**
 * On a slow link a single frame may take as long: each wrong guess doubles the patience, up to
 * this.
 */
const MAX_DEAD_MS = 30_000;
/** The same after a sign that the network has changed. */
const HURRIED_DEAD_MS = 2000;

interface Listener {
  onChange(state: SocketState): void;
  onRefused(refusal: Refusal): void;
  onMessage(message: ServerMessage): void;
  onFrame(message: ArrayBuffer): void;
}

/** A WebSocket to /live that reconnects whenever it is lost, while it is wanted. */
export class LiveSocket {
  readonly #urls: Urls;
  readonly #listener: Listener;
  #state: SocketState = "closed";
  #socket: WebSocket | undefined;
  /** Counts tries: what belongs to one that was given up is ignored. */
  #tries = 0;
  #pauses = 0;
  #failures = 0;
  #heardAt = performance.now();
  #openedAt = 0;
  #deadMs = DEAD_MS;
  /** When it was told to make sure, while no answer has come. */
  #hurriedAt: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watching: ReturnType<typeof setInterval> | undefined;

  constructor(urls: Urls, listener: Listener) {
    this.#urls = urls;
    this.#listener = listener;
  }

  get state(): SocketState {
    return this.#state;
  }

  /** When anything came last, by `performance.now()`. */
  get heardAt(): number {
    return this.#heardAt;
  }

  send(message: object): void {
    if (this.#state === "open") this.#socket?.send(JSON.stringify(message));
  }

  open(): void {
    if (this.#state !== "closed") return;
    [this.#pauses, this.#failures] = [0, 0];
    this.#enter("connecting");
    this.#connect();
  }

  close(): void {
    this.#drop();
    this.#enter("closed");
  }

  /**
   * Connects now, or makes sure that the connection still lives: the network may have changed, or
   * be back.
   */
  hurry(): void {
    if (this.#state === "closed") return;
    this.#pauses = 0;
    if (this.#state !== "open") {
      // A try in progress is as good as another.
      if (this.#socket === undefined) this.#connect();
      return;
    }
    this.#hurriedAt = performance.now();
    this.send({ type: "time", at: this.#hurriedAt });
  }

  #enter(state: SocketState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#listener.onChange(state);
  }

  #connect(): void {
    this.#drop();
    const own = this.#tries;
    this.#timer = setTimeout(() => this.#lost(own, BLOCKED_AFTER), HELLO_MS);
    try {
      const socket = new WebSocket(this.#urls.url);
      this.#socket = socket;
      socket.binaryType = "arraybuffer";
      socket.onmessage = ({ data }) => {
        if (own === this.#tries) this.#hear(data);
      };
      socket.onclose = () => this.#lost(own, 1);
    } catch {
      // A page on https may not even ask for a plain one.
      setTimeout(() => this.#lost(own, 1));
    }
  }

  #hear(data: string | ArrayBuffer) {
    this.#heardAt = performance.now();
    this.#hurriedAt = undefined;
    if (typeof data !== "string") return this.#listener.onFrame(data);
    const message: ServerMessage = JSON.parse(data);
    if (message.type === "hello") this.#opened();
    this.#listener.onMessage(message);
  }

  #opened(): void {
    clearTimeout(this.#timer);
    this.#hurriedAt = undefined;
    [this.#pauses, this.#failures, this.#openedAt] = [0, 0, performance.now()];
    this.#watching = setInterval(() => this.#watch(), 500);
    this.#enter("open");
  }

  /** Gives the present connection up. */
  #drop(): void {
    this.#tries += 1;
    clearTimeout(this.#timer);
    clearInterval(this.#watching);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    [socket.onmessage, socket.onclose] = [null, null];
    socket.close();
  }

  /**
   * @param own The try it belongs to.
   * @param weight How much it says of WebSockets.
   */
  #lost(own: number, weight: number): void {
    if (own !== this.#tries) return;
    const wasOpen = this.#state === "open";
    this.#drop();
    if (this.#state !== "blocked") this.#enter("connecting");
    if (wasOpen) this.#again(() => this.#connect());
    else void this.#examine(weight);
  }

  /**
   * Asks the server why there is no WebSocket, which a browser does not say. To connect before it
   * answers is of no use either: Firefox would make us wait longer each time (RFC 6455, 7.2.3).
   */
  async #examine(weight: number): Promise<void> {
    const own = this.#tries;
    const isAlive = await isHealthy(this.#urls.healthUrl);
    if (own !== this.#tries) return;
    if (!isAlive) {
      this.#failures = 0;
      this.#enter("unreachable");
      return this.#again(() => void this.#examine(0));
    }
    const refusal = weight === 0 ? undefined : await refusalOf(this.#urls.accessUrl);
    if (own !== this.#tries) return;
    if (refusal !== undefined) return this.#refused(refusal);
    if (this.#state === "refused") return this.#connect();
    this.#failures += weight;
    if (weight === 0) return this.#connect();
    if (this.#failures >= BLOCKED_AFTER && this.#state !== "blocked") {
      this.#pauses = 0;
      this.#enter("blocked");
    }
    this.#again(() => this.#connect());
  }

  /**
   * Asks again later whether it may connect: to connect would be one more wrong password or token.
   */
  #refused(refusal: Refusal): void {
    if (this.#state !== "refused") this.#pauses = 0;
    this.#failures = 0;
    this.#enter("refused");
    this.#listener.onRefused(refusal);
    this.#again(() => void this.#examine(1));
  }

  #again(next: () => void): void {
    const all = this.#state === "blocked" || this.#state === "refused" ? BLOCKED_PAUSES_MS : PAUSES_MS;
    const pauseMs = (all[Math.min(this.#pauses, all.length - 1)] as number) * (0.75 + Math.random() / 2);
    this.#pauses += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(next, pauseMs);
  }

  #watch(): void {
    const now = performance.now();
    const silentMs = now - this.#heardAt;
    if (now - this.#openedAt > 60_000) this.#deadMs = DEAD_MS;
    if (silentMs > QUIET_MS) this.send({ type: "time", at: now });
    const hurriedAt = this.#hurriedAt;
    const isDead = hurriedAt === undefined ? silentMs > this.#deadMs : now - hurriedAt > HURRIED_DEAD_MS;
    if (!isDead) return;
    if (hurriedAt === undefined) this.#deadMs = Math.min(this.#deadMs * 2, MAX_DEAD_MS);
    this.#lost(this.#tries, 0);
  }
}
