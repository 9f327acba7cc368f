import { keptKey, newKey } from "./publisher-key.ts";
import { SendRate } from "./send-rate.ts";
import { type Closed, openPosts, openSocket, type Transport } from "./transports.ts";

const PAUSES_MS = [250, 500, 1000, 2000, 4000, 8000];
/** How long to wait before asking again for a camera that another publisher has. */
const REFUSED_PAUSE_MS = 3000;
/** After this silence the connection is dead: a phone that changed networks is told nothing. */
const DEAD_MS = 5000;
const STATUS_TIMEOUT_MS = 4000;

export type SenderState = "idle" | "connecting" | "open" | "refused" | "unreachable";

interface Status {
  readonly sender: { address: string | null; key: string | null } | null;
}

/**
 * Sends frames to the server, and reconnects whenever the connection is lost. It queues nothing.
 */
export class FrameSender {
  readonly #framesUrl: string;
  readonly #statusUrl: string;
  readonly #onChange: () => void;
  readonly #rate = new SendRate();
  #key = keptKey();
  #state: SenderState = "idle";
  #reason = "";
  #transport: Transport | undefined;
  /** Whether it sends by requests. */
  #haveSocketsFailed = false;
  /** Times in a row that the server answered and gave no WebSocket. */
  #failures = 0;
  #attempts = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #death: ReturnType<typeof setTimeout> | undefined;
  /** Oldest first. */
  #inFlight: { at: number; bytes: number }[] = [];

  /** @param onChange Called when the state or the reason changes. */
  constructor({ framesUrl, statusUrl }: { framesUrl: string; statusUrl: string }, onChange: () => void) {
    [this.#framesUrl, this.#statusUrl, this.#onChange] = [framesUrl, statusUrl, onChange];
  }

  get state(): SenderState {
    return this.#state;
  }

  /** Why it is in this state, in the server's words; empty if there is no reason. */
  get reason(): string {
    return this.#reason;
  }

  get rate() {
    return this.#rate.report();
  }

  /**
   * Returns whether it can send a frame now. Connects if it has no connection, and need not wait.
   */
  isReady(): boolean {
    if (this.#transport === undefined && this.#pause === undefined) this.#connect();
    const transport = this.#transport;
    const isOpen = this.#state === "open" || (this.#haveSocketsFailed && transport !== undefined);
    return isOpen && transport !== undefined && this.#inFlight.length < transport.maxInFlight;
  }

  /** @param at When it was captured, by `performance.now()`. */
  send(jpeg: ArrayBuffer, at: number): void {
    const transport = this.#transport;
    if (transport === undefined || this.#inFlight.length >= transport.maxInFlight) return;
    this.#inFlight.push({ at, bytes: jpeg.byteLength });
    if (this.#inFlight.length === 1) this.#watch();
    transport.send(jpeg);
  }

  /** Ends the connection, until `isReady` is called again. */
  stop(): void {
    this.hurry();
    this.#disconnect();
    [this.#haveSocketsFailed, this.#failures, this.#attempts] = [false, 0, 0];
    this.#rate.reset();
    if (this.#state !== "idle") this.#enter("idle");
  }

  /** Ends a pause: the network may be back. */
  hurry(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }

  #enter(state: SenderState, reason: string = ""): void {
    [this.#state, this.#reason] = [state, reason];
    this.#onChange();
  }

  #connect(): void {
    this.hurry();
    if (this.#state === "idle") this.#enter("connecting");
    const open = this.#haveSocketsFailed ? openPosts : openSocket;
    const transport = open(`${this.#framesUrl}?key=${this.#key}`, {
      onOpen: () => {
        if (this.#transport !== transport || this.#haveSocketsFailed) return;
        [this.#attempts, this.#failures] = [0, 0];
        this.#enter("open");
      },
      onAnswer: (error) => {
        const frame = this.#inFlight.shift();
        if (this.#transport === transport && frame !== undefined) this.#answered(frame, error);
      },
      onClose: (closed) => {
        if (this.#transport === transport) void this.#lost(closed);
      },
    });
    this.#transport = transport;
    this.#inFlight = [];
  }

  #answered({ at, bytes }: { at: number; bytes: number }, error: string): void {
    this.#attempts = 0;
    this.#watch();
    this.#rate.sample(bytes, performance.now() - at);
    if (this.#state !== "open" || this.#reason !== error) this.#enter("open", error);
  }

  #disconnect(): void {
    clearTimeout(this.#death);
    this.#transport?.close();
    this.#transport = undefined;
    this.#inFlight = [];
  }

  async #lost({ wasOpen, isRefused, reason }: Closed): Promise<void> {
    this.#disconnect();
    if (isRefused) {
      // A copy of this page may have the same key: then the two would take turns without an end.
      if (wasOpen) this.#key = newKey();
      return this.#again("refused", reason, REFUSED_PAUSE_MS);
    }
    // If requests fail, a WebSocket may work by now.
    if (this.#haveSocketsFailed || wasOpen) {
      [this.#haveSocketsFailed, this.#failures] = [false, 0];
      return this.#again("unreachable", reason);
    }
    // A browser does not tell why it got no WebSocket; the server does.
    const status = await fetchStatus(`${this.#statusUrl}?key=${this.#key}`);
    if (this.#state === "idle" || this.#transport !== undefined) return;
    if (status === undefined) return this.#again("unreachable", "");
    if (status.sender !== null && status.sender.key !== this.#key) {
      const { address } = status.sender;
      const from = address === null ? "" : `, ${address},`;
      return this.#again("refused", `Another publisher${from} is live.`, REFUSED_PAUSE_MS);
    }
    this.#failures += 1;
    this.#haveSocketsFailed = this.#failures > 1;
    this.#again("connecting", "", PAUSES_MS[0]);
  }

  #again(
    state: SenderState,
    reason: string,
    pauseMs = PAUSES_MS[Math.min(this.#attempts, PAUSES_MS.length - 1)],
  ): void {
    this.#attempts += 1;
    this.#enter(state, reason);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
    }, pauseMs);
  }

  /** Gives the connection up if frames in flight are not answered in time. */
  #watch(): void {
    clearTimeout(this.#death);
    if (this.#inFlight.length === 0) return;
    this.#death = setTimeout(() => void this.#lost({ wasOpen: true, isRefused: false, reason: "" }), DEAD_MS);
  }
}

async function fetchStatus(url: string): Promise<Status | undefined> {
  try {
    const response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(STATUS_TIMEOUT_MS) });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}
