import { isHealthy, type Refusal, refusalOf } from "./server-health.ts";

/**
 * From a lost connection to the next try; each is drawn at random from around these, lest all
 * viewers come at once.
 */
const PAUSES_MS = [200, 500, 1000, 2000];
/**
 * The same where the server answers requests and gives no WebSocket: a proxy that does not know
 * them seldom learns.
 */
const BLOCKED_PAUSES_MS = [5000, 10_000, 20_000, 40_000, 60_000];
/** How long a connection may take to bring the server's hello. */
const HELLO_MS = 3000;
/**
 * So many failures while the server answers requests mean that something between does not let
 * WebSockets through.
 */
const BLOCKED_AFTER = 2;
/**
 * Silence after which the server is asked for a sign of life: each subscription brings one a
 * second.
 */
const QUIET_MS = 1500;
/** Silence after which the connection is dead: a phone that changed networks is told nothing. */
const DEAD_MS = 6000;
/**
 * On a link where a picture takes that long it is not: each death in vain doubles the patience, up
 * to this.
 */
const MAX_DEAD_MS = 30_000;
/** The same after a sign that the network has changed. */
const HURRIED_DEAD_MS = 2000;

/* `closed`: not wanted. `connecting`: on the way, or lost a moment ago. `unreachable`: the server does not answer at
all. `blocked`: it answers requests, but no WebSocket comes through. `refused`: it does not let us watch. */

export type SocketState = "closed" | "connecting" | "open" | "unreachable" | "blocked" | "refused";

/** What the server says in text: its fields by its `type`. */
export interface ServerMessage {
  readonly type: string;
  readonly id: number;
  readonly cameras: { name: string; title: string }[];
  readonly message: string;
  readonly now: number;
  readonly at: number;
  readonly lastFrameAt: number | null;
  readonly width: number | null;
  readonly height: number | null;
}

interface SocketParts {
  /** Of /live. */
  url: string;
  /** What tells whether the server answers requests. */
  healthUrl: string;
  /** What tells whether we may watch. */
  accessUrl: string;
  onChange: (state: SocketState) => void;
  onRefused: (refusal: Refusal) => void;
  onMessage: (message: ServerMessage) => void;
  onPicture: (message: ArrayBuffer) => void;
}

/** A WebSocket to /live that is opened again whenever it is lost, while it is wanted. */
export function createSocket({ url, healthUrl, accessUrl, onChange, onRefused, onMessage, onPicture }: SocketParts) {
  let state: SocketState = "closed";
  let socket: WebSocket | undefined;
  /** Tells tries apart: what belongs to one that was given up is ignored. */
  let tries = 0;
  let pauses = 0;
  let failures = 0;
  let heardAt = performance.now();
  let openedAt = 0;
  let deadMs = DEAD_MS;
  /** When it was told to make sure, while no answer has come. */
  let hurriedAt: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watching: ReturnType<typeof setInterval> | undefined;

  function enter(next: SocketState) {
    if (state === next) return;
    state = next;
    onChange(state);
  }

  function connect() {
    drop();
    const own = tries;
    timer = setTimeout(() => lost(own, BLOCKED_AFTER), HELLO_MS);
    try {
      const current = new WebSocket(url);
      socket = current;
      current.binaryType = "arraybuffer";
      current.onmessage = ({ data }) => {
        if (own !== tries) return;
        heardAt = performance.now();
        hurriedAt = undefined;
        if (typeof data !== "string") return onPicture(data);
        const message: ServerMessage = JSON.parse(data);
        if (message.type === "hello") opened();
        onMessage(message);
      };
      current.onclose = () => lost(own, 1);
    } catch {
      // A page on https may not even ask for a plain one.
      setTimeout(() => lost(own, 1));
    }
  }

  function opened() {
    clearTimeout(timer);
    hurriedAt = undefined;
    [pauses, failures, openedAt] = [0, 0, performance.now()];
    watching = setInterval(watch, 500);
    enter("open");
  }

  /** Gives the present connection up. */
  function drop() {
    tries += 1;
    clearTimeout(timer);
    clearInterval(watching);
    const old = socket;
    socket = undefined;
    if (old !== undefined) {
      [old.onmessage, old.onclose] = [null, null];
      old.close();
    }
  }

  /**
   * @param own The try it belongs to.
   * @param weight How much it says of WebSockets.
   */
  function lost(own: number, weight: number) {
    if (own !== tries) return;
    const wasOpen = state === "open";
    drop();
    if (state !== "blocked") enter("connecting");
    if (wasOpen) again(connect);
    else void ask(weight);
  }

  /**
   * A browser does not say why it got no WebSocket; the server does. Nor is it of use to try again
   * before it answers: Firefox would make us wait longer each time (RFC 6455, 7.2.3).
   */
  async function ask(weight: number) {
    const own = tries;
    const answers = await isHealthy(healthUrl);
    if (own !== tries) return;
    if (!answers) {
      failures = 0;
      enter("unreachable");
      return again(() => void ask(0));
    }
    const refusal = weight === 0 ? undefined : await refusalOf(accessUrl);
    if (own !== tries) return;
    if (refusal !== undefined) return refused(refusal);
    if (state === "refused") return connect();
    failures += weight;
    if (weight === 0) return connect();
    if (failures >= BLOCKED_AFTER && state !== "blocked") {
      pauses = 0;
      enter("blocked");
    }
    again(connect);
  }

  /**
   * To connect again would be one more wrong password or token: it is asked again whether it has
   * become right.
   */
  function refused(refusal: Refusal) {
    if (state !== "refused") pauses = 0;
    failures = 0;
    enter("refused");
    onRefused(refusal);
    again(() => void ask(1));
  }

  function again(next: () => void) {
    const all = state === "blocked" || state === "refused" ? BLOCKED_PAUSES_MS : PAUSES_MS;
    const pauseMs = (all[Math.min(pauses, all.length - 1)] as number) * (0.75 + Math.random() / 2);
    pauses += 1;
    clearTimeout(timer);
    timer = setTimeout(next, pauseMs);
  }

  function watch() {
    const now = performance.now();
    const silentMs = now - heardAt;
    if (now - openedAt > 60_000) deadMs = DEAD_MS;
    if (silentMs > QUIET_MS) send({ type: "time", at: now });
    const isDead = hurriedAt === undefined ? silentMs > deadMs : now - hurriedAt > HURRIED_DEAD_MS;
    if (!isDead) return;
    if (hurriedAt === undefined) deadMs = Math.min(deadMs * 2, MAX_DEAD_MS);
    lost(tries, 0);
  }

  function send(message: object) {
    if (state === "open") socket?.send(JSON.stringify(message));
  }

  return {
    get state() {
      return state;
    },
    /** When anything came last, by `performance.now()`. */
    get heardAt() {
      return heardAt;
    },
    send,

    open() {
      if (state !== "closed") return;
      [pauses, failures] = [0, 0];
      enter("connecting");
      connect();
    },

    close() {
      drop();
      enter("closed");
    },

    /**
     * The network may have changed, or be back: tries now, or makes sure that the connection still
     * lives.
     */
    hurry() {
      if (state === "closed") return;
      pauses = 0;
      if (state !== "open") {
        // A try that is under way is as good as another.
        if (socket === undefined) connect();
        return;
      }
      hurriedAt = performance.now();
      send({ type: "time", at: hurriedAt });
    },
  };
}
