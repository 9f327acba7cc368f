import type { Urls } from "../start-engine.ts";
import type { ServerMessage, SocketState } from "./live-messages.ts";
import { Liveness } from "./liveness.ts";
import { ReconnectDelay } from "./reconnect-delay.ts";
import { isHealthy, type Refusal, refusalOf } from "./server-health.ts";

/** How long a connection may take to bring the server's hello. */
const HELLO_MS = 3000;
/**
 * After this many failures while the server answers requests, something between lets no WebSockets
 * through.
 */
const BLOCKED_AFTER = 2;
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
  readonly #delay = new ReconnectDelay();
  readonly #liveness = new Liveness();
  #failures = 0;
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
    return this.#liveness.heardAt;
  }

  send(message: object): void {
    if (this.#state === "open") this.#socket?.send(JSON.stringify(message));
  }

  open(): void {
    if (this.#state !== "closed") return;
    this.#delay.reset();
    this.#failures = 0;
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
    this.#delay.reset();
    if (this.#state !== "open") {
      // A try in progress is as good as another.
      if (this.#socket === undefined) this.#connect();
      return;
    }
    this.send({ type: "time", at: this.#liveness.hurry() });
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
    this.#liveness.heard();
    if (typeof data !== "string") return this.#listener.onFrame(data);
    const message: ServerMessage = JSON.parse(data);
    if (message.type === "hello") this.#opened();
    this.#listener.onMessage(message);
  }

  #opened(): void {
    clearTimeout(this.#timer);
    this.#liveness.opened();
    this.#delay.reset();
    this.#failures = 0;
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
      this.#delay.reset();
      this.#enter("blocked");
    }
    this.#again(() => this.#connect());
  }

  /**
   * Asks again later whether it may connect: to connect would be one more wrong password or token.
   */
  #refused(refusal: Refusal): void {
    if (this.#state !== "refused") this.#delay.reset();
    this.#failures = 0;
    this.#enter("refused");
    this.#listener.onRefused(refusal);
    this.#again(() => void this.#examine(1));
  }

  #again(next: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(next, this.#delay.next(this.#state === "blocked" || this.#state === "refused"));
  }

  #watch(): void {
    const state = this.#liveness.check();
    if (state !== "alive") this.send({ type: "time", at: performance.now() });
    if (state === "dead") this.#lost(this.#tries, 0);
  }
}
