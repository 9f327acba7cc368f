import { keptKey, newKey } from "./publisher-key.ts";
import { type Closed, openPosts, openSocket, type Transport } from "./transports.ts";

const PAUSES_MS = [250, 500, 1000, 2000, 4000, 8000];
/** How long to wait before asking again for a place that another sender has. */
const REFUSED_PAUSE_MS = 3000;
/**
 * Without an answer for so long the connection is dead: a phone that changed networks is told
 * nothing.
 */
const DEAD_MS = 5000;
/** What the numbers are taken over. */
const WINDOW_MS = 3000;
const STATUS_TIMEOUT_MS = 4000;

/**
 * Sends pictures to the server, connecting again whenever that is lost. It never queues: what it
 * has no place for, it does not take.
 *
 * @param onChange Called when the state or the reason changes.
 */
export function createSender({ framesUrl, statusUrl }: { framesUrl: string; statusUrl: string }, onChange: () => void) {
  let key = keptKey();
  let state: "idle" | "connecting" | "open" | "refused" | "unreachable" = "idle";
  let reason = "";
  let transport: Transport | undefined;
  let socketsFail = false;
  /** Times in a row that the server answered and gave no WebSocket. */
  let failures = 0;
  let attempts = 0;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let death: ReturnType<typeof setTimeout> | undefined;
  /** Under way, oldest first. */
  let underWay: { at: number; bytes: number }[] = [];
  /** Answered in the last moments. */
  let answered: { at: number; bytes: number; ageMs: number }[] = [];

  function enter(next: typeof state, why: string = "") {
    [state, reason] = [next, why];
    onChange();
  }

  function connect() {
    clearTimeout(pause);
    pause = undefined;
    if (state === "idle") enter("connecting");
    const open = socketsFail ? openPosts : openSocket;
    const current = open(`${framesUrl}?key=${key}`, {
      onOpen: () => {
        if (transport !== current || socketsFail) return;
        [attempts, failures] = [0, 0];
        enter("open");
      },
      onAnswer: (error) => {
        const picture = underWay.shift();
        if (transport !== current || picture === undefined) return;
        attempts = 0;
        watch();
        const now = performance.now();
        answered.push({ at: now, bytes: picture.bytes, ageMs: now - picture.at });
        if (state !== "open" || reason !== error) enter("open", error);
      },
      onClose: (closed) => {
        if (transport === current) void lost(closed);
      },
    });
    transport = current;
    underWay = [];
  }

  function disconnect() {
    clearTimeout(death);
    transport?.close();
    transport = undefined;
    underWay = [];
  }

  async function lost({ wasOpen, isRefused, reason: why }: Closed) {
    disconnect();
    if (isRefused) {
      // A copy of this page may have the same: then the two would take the place from each other
      // for ever.
      if (wasOpen) key = newKey();
      return again("refused", why, REFUSED_PAUSE_MS);
    }
    // Where requests fail, a WebSocket may work by now.
    if (socketsFail || wasOpen) {
      [socketsFail, failures] = [false, 0];
      return again("unreachable", why);
    }
    // A browser does not tell why it got no WebSocket; the server does.
    const status = await ask(`${statusUrl}?key=${key}`);
    if (state === "idle" || transport !== undefined) return;
    if (status === undefined) return again("unreachable", "");
    if (status.sender !== null && status.sender.key !== key) {
      const { address } = status.sender;
      return again("refused", `Another sender${address === null ? "" : `, ${address},`} is live.`, REFUSED_PAUSE_MS);
    }
    failures += 1;
    socketsFail = failures > 1;
    again("connecting", "", PAUSES_MS[0]);
  }

  function again(
    next: typeof state,
    why: string,
    pauseMs: number | undefined = PAUSES_MS[Math.min(attempts, PAUSES_MS.length - 1)],
  ) {
    attempts += 1;
    enter(next, why);
    pause = setTimeout(() => {
      pause = undefined;
    }, pauseMs);
  }

  /** Gives the connection up when what is under way is not answered in time. */
  function watch() {
    clearTimeout(death);
    if (underWay.length === 0) return;
    death = setTimeout(() => void lost({ wasOpen: true, isRefused: false, reason: "" }), DEAD_MS);
  }

  return {
    get state() {
      return state;
    },
    /** Why it is in this state, in the server's words; or nothing. */
    get reason() {
      return reason;
    },

    /**
     * Whether it has a place for a picture now. It connects when it is asked and has no connection,
     * and no reason to wait.
     */
    hasPlace() {
      if (transport === undefined && pause === undefined) connect();
      const isOpen = state === "open" || (socketsFail && transport !== undefined);
      return isOpen && transport !== undefined && underWay.length < transport.places;
    },

    /** @param at When it was taken, by `performance.now()`. */
    send(jpeg: ArrayBuffer, at: number) {
      if (transport === undefined || underWay.length >= transport.places) return;
      underWay.push({ at, bytes: jpeg.byteLength });
      if (underWay.length === 1) watch();
      transport.send(jpeg);
    },

    /** Ends the connection, until a place is asked for again. */
    stop() {
      clearTimeout(pause);
      pause = undefined;
      disconnect();
      [socketsFail, failures, attempts] = [false, 0, 0];
      answered = [];
      if (state !== "idle") enter("idle");
    },

    /** Forgets to wait: the network may be back. */
    hurry() {
      clearTimeout(pause);
      pause = undefined;
    },

    /**
     * Pictures and kilobytes a second, and how old the newest was when the server had it, in
     * milliseconds.
     */
    numbers() {
      const now = performance.now();
      answered = answered.filter(({ at }) => now - at < WINDOW_MS);
      const [first] = answered;
      const last = answered.at(-1);
      if (first === undefined || last === undefined) return { fps: 0, kilobytes: 0, ageMs: Number.NaN };
      // What lies between them, rather than the window: the first seconds are not slower.
      const seconds = Math.max((now - first.at) / 1000, 0.25);
      const bytes = answered.reduce((sum, one) => sum + one.bytes, 0);
      return { fps: answered.length / seconds, kilobytes: bytes / 1000 / seconds, ageMs: last.ageMs };
    },
  };
}

async function ask(
  url: string,
): Promise<{ sender: { address: string | null; key: string | null } | null } | undefined> {
  try {
    const response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(STATUS_TIMEOUT_MS) });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}
