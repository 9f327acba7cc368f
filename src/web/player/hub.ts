import { watchPage } from "../ui/page-visibility.ts";
import { momentNow, since } from "./elapsed.ts";
import type { FromEngine, Named } from "./engine/engine-messages.ts";
import type { Member, Want } from "./hub-member.ts";
import { urlsOf, whyRefused } from "./server-urls.ts";
import { type RunningEngine, startEngine } from "./start-engine.ts";
import { createStills } from "./still-requests.ts";

type Hub = ReturnType<typeof createHub>;

const TICK_MS = 250;
/** An engine that says nothing for so long hangs: it reports every 250 ms. */
const HANGS_MS = 5000;
/** So many workers may hang: then the page does without. */
const MAX_HANGS = 2;
/**
 * Without a word from the server for so long, nobody knows what is live: it says something each
 * second.
 */
const OVERDUE_MS = 2500;

const hubs: Map<string, Hub> = new Map();

/**
 * What all pictures of one server share on this page, if they have the same token: a connection,
 * and the engine that works it.
 *
 * @param base The server's address, with a slash at its end.
 * @param token Empty for none.
 */
export function hubOf(base: string, token: string) {
  const name = `${base} ${token}`;
  const hub = hubs.get(name) ?? createHub(base, token, () => hubs.delete(name));
  hubs.set(name, hub);
  return hub;
}

function createHub(base: string, token: string, onEmpty: () => void) {
  type Joined = Member & { want: Want; isMirrored: boolean };
  const members: Map<number, Joined> = new Map();
  const urls = urlsOf(base, token);
  const stills = createStills();
  let engine: RunningEngine | undefined;
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
  const followers: Set<(cameras: Named[]) => void> = new Set();

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

  function introduce(tile: number, { camera, query, renewCanvas, want, isMirrored }: Joined) {
    const element = renewCanvas();
    const canvas = engine?.isWorker ? element.transferControlToOffscreen() : element;
    engine?.post({ type: "add", tile, camera, query, canvas });
    engine?.post({ type: "want", tile, ...want });
    if (isMirrored) engine?.post({ type: "mirror", tile, isOn: true });
  }

  function hear(message: FromEngine) {
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

  function take({ connection, silentMs: silence, tiles }: Extract<FromEngine, { type: "report" }>) {
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

  function list(cameras: Named[]) {
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

  function show(shown: boolean) {
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
    /**
     * Whether pictures come over /live, or are to; else each is to get its pictures in another way.
     */
    get isLive() {
      return isLive;
    },
    /**
     * Why the server does not let us watch, in a sentence; empty while it does, or nobody knows.
     */
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
    /** Calls `follow` with the cameras there are, each time the server tells them. */
    follow(follow: (cameras: Named[]) => void) {
      followers.add(follow);
    },

    join(member: Member) {
      numbers += 1;
      const tile = numbers;
      const own = { ...member, want: { wanted: false, width: 0, height: 0 }, isMirrored: false };
      members.set(tile, own);
      if (engine !== undefined) introduce(tile, own);
      return {
        want(want: Want) {
          own.want = want;
          engine?.post({ type: "want", tile, ...want });
        },
        /** Has every picture from now on sent to `onMirror`, too. */
        mirror(isOn: boolean) {
          own.isMirrored = isOn;
          engine?.post({ type: "mirror", tile, isOn });
        },
        /** The picture that is shown, as it came. */
        still(): Promise<Uint8Array | undefined> {
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
