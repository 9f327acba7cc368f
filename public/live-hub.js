// @ts-check
import { momentNow, since } from "./elapsed.js";
import { startEngine } from "./live-start.js";
import { createStills } from "./live-stills.js";
import { urlsOf, whyRefused } from "./live-token.js";
import { watchPage } from "./shown.js";

/**
 * @typedef {import("./live-start.js").FromEngine} FromEngine
 * @typedef {import("./live-start.js").RunningEngine} RunningEngine
 * @typedef {import("./live-tile.js").TileReport} TileReport
 * @typedef {import("./status.js").CameraStatus} CameraStatus
 * @typedef {import("./live-engine.js").Named} Named
 * @typedef {ReturnType<typeof createHub>} Hub
 *
 * @typedef {{ wanted: boolean, width: number, height: number }} Want
 *
 * @typedef {object} Member A picture of the page, to its hub.
 * @property {string} camera
 * @property {string} query
 * @property {() => HTMLCanvasElement} renewCanvas Gives a new canvas: one that was handed to a worker never comes back.
 * @property {(report: TileReport) => void} onReport
 * @property {(camera: CameraStatus) => void} onState
 * @property {(message: string) => void} onError
 * @property {(bitmap: ImageBitmap) => void} onMirror
 * @property {() => void} onChange Called when anything of the hub has changed, and four times a second.
 */

const TICK_MS = 250;
/** An engine that says nothing for so long hangs: it reports every 250 ms. */
const HANGS_MS = 5000;
/** So many workers may hang: then the page does without. */
const MAX_HANGS = 2;
/** Without a word from the server for so long, nobody knows what is live: it says something each second. */
const OVERDUE_MS = 2500;

/** @type {Map<string, Hub>} */
const hubs = new Map();

/**
 * What all pictures of one server share on this page, if they have the same token: a connection, and the engine that works it.
 *
 * @param {string} base The server's address, with a slash at its end.
 * @param {string} token Empty for none.
 */
export function hubOf(base, token) {
  const name = `${base} ${token}`;
  const hub = hubs.get(name) ?? createHub(base, token, () => hubs.delete(name));
  hubs.set(name, hub);
  return hub;
}

/**
 * @param {string} base
 * @param {string} token
 * @param {() => void} onEmpty
 */
function createHub(base, token, onEmpty) {
  /** @typedef {Member & { want: Want, isMirrored: boolean }} Joined */
  /** @type {Map<number, Joined>} */
  const members = new Map();
  const urls = urlsOf(base, token);
  const stills = createStills();
  /** @type {RunningEngine | undefined} */
  let engine;
  let numbers = 0;
  let engines = 0;
  let hangs = 0;
  let heard = momentNow();
  let silentMs = Number.POSITIVE_INFINITY;
  let quietMs = 0;
  let ticked = performance.now();
  let isLive = true;
  let isHopeless = false;
  let refusal = "";
  let isShown = !document.hidden;
  /** @type {Set<(cameras: Named[]) => void>} */
  const followers = new Set();

  async function start() {
    engines += 1;
    const own = engines;
    const started = await startEngine(urls, (message) => own === engines && hear(message), hangs < MAX_HANGS);
    if (own !== engines) return started.end();
    engine = started;
    quietMs = 0;
    for (const [tile, member] of members) introduce(tile, member);
  }

  function stop() {
    engines += 1;
    engine?.end();
    engine = undefined;
    silentMs = Number.POSITIVE_INFINITY;
    stills.end();
  }

  /**
   * @param {number} tile
   * @param {Joined} member
   */
  function introduce(tile, { camera, query, renewCanvas, want, isMirrored }) {
    const element = renewCanvas();
    const canvas = engine?.isWorker ? element.transferControlToOffscreen() : element;
    engine?.post({ type: "add", tile, camera, query, canvas });
    engine?.post({ type: "want", tile, ...want });
    if (isMirrored) engine?.post({ type: "mirror", tile, isOn: true });
  }

  /** @param {FromEngine} message */
  function hear(message) {
    quietMs = 0;
    if (message.type === "report") return take(message);
    if (message.type === "still") return stills.give(message.request, message.jpeg);
    if (message.type === "cameras") return list(message.cameras);
    if (message.type === "hopeless") {
      [isHopeless, isLive] = [true, false];
      stop();
      return changed();
    }
    if (message.type === "refused") {
      refusal = whyRefused(base, token, message);
      return changed();
    }
    const member = members.get(message.tile);
    if (message.type === "state") member?.onState(message.camera);
    else if (message.type === "error") member?.onError(message.message);
    else member?.onMirror(message.bitmap);
  }

  /** @param {Extract<FromEngine, { type: "report" }>} report */
  function take({ connection, silentMs: silence, tiles }) {
    heard = momentNow();
    const isGone = connection !== "open" && connection !== "connecting";
    silentMs = isGone ? Math.max(silence, OVERDUE_MS) : silence;
    const wasLive = isLive;
    if (connection === "open") isLive = !isHopeless;
    else if (connection === "blocked") isLive = false;
    if (connection !== "refused") refusal = "";
    for (const tile of tiles) members.get(tile.tile)?.onReport(tile);
    if (wasLive !== isLive) changed();
  }

  /** @param {Named[]} cameras */
  function list(cameras) {
    for (const follow of followers) follow(cameras);
  }

  function changed() {
    for (const member of members.values()) member.onChange();
  }

  function tick() {
    const now = performance.now();
    // A page that was held up itself cannot say who was silent.
    if (now - ticked < 2 * TICK_MS) quietMs += now - ticked;
    ticked = now;
    const isBusy = Array.from(members.values()).some(({ want }) => want.wanted);
    if (!isBusy) quietMs = 0;
    if (quietMs > HANGS_MS && engine?.isWorker) {
      hangs += 1;
      stop();
      void start();
    }
    changed();
  }

  /** @param {boolean} shown */
  function show(shown) {
    isShown = shown;
    if (shown) hurry();
    changed();
  }
  const hurry = () => engine?.post({ type: "hurry" });
  const leave = () => engine?.post({ type: "leave" });

  const unwatch = watchPage({ show, hurry, leave });
  const ticking = setInterval(tick, TICK_MS);
  void start();

  function close() {
    clearInterval(ticking);
    unwatch();
    stop();
    onEmpty();
  }

  return {
    base,
    /** Whether the page is seen. */
    get isShown() {
      return isShown;
    },
    /** Whether pictures come over /live, or are to; else each is to get its pictures in another way. */
    get isLive() {
      return isLive;
    },
    /** Why the server does not let us watch, in a sentence; empty while it does, or nobody knows. */
    get refusal() {
      return refusal;
    },
    /** Whether the server was heard in time over /live. */
    get isReachable() {
      return silentMs + since(heard) < OVERDUE_MS;
    },
    /** Whether the page's own thread is left alone. */
    get isWorker() {
      return engine?.isWorker === true;
    },
    hurry,
    list,
    /** Calls `follow` with the cameras there are, each time the server tells them. @param {(cameras: Named[]) => void} follow */
    follow(follow) {
      followers.add(follow);
    },

    /** @param {Member} member */
    join(member) {
      numbers += 1;
      const tile = numbers;
      const own = { ...member, want: { wanted: false, width: 0, height: 0 }, isMirrored: false };
      members.set(tile, own);
      if (engine !== undefined) introduce(tile, own);
      return {
        /** @param {Want} want */
        want(want) {
          own.want = want;
          engine?.post({ type: "want", tile, ...want });
        },
        /** Has every picture from now on sent to `onMirror`, too. @param {boolean} isOn */
        mirror(isOn) {
          own.isMirrored = isOn;
          engine?.post({ type: "mirror", tile, isOn });
        },
        /** The picture that is shown, as it came. @returns {Promise<Uint8Array | undefined>} */
        still() {
          if (engine === undefined) return Promise.resolve(undefined);
          return stills.ask((request) => engine?.post({ type: "still", tile, request }));
        },
        leave() {
          members.delete(tile);
          engine?.post({ type: "remove", tile });
          if (members.size === 0) close();
        },
      };
    },
  };
}
