// @ts-check
import { momentNow, since } from "./elapsed.js";
import { withToken } from "./live-token.js";
import { createPlayer } from "./player.js";
import { createSnapshots } from "./snapshots.js";
import { createPoll } from "./status.js";
import { createWatch } from "./watch.js";

/**
 * @typedef {import("./live-place.js").Place} Place
 * @typedef {import("./status.js").CameraStatus} CameraStatus
 * @typedef {ReturnType<ReturnType<typeof createFallback>["join"]>} FallbackSeat
 *
 * @typedef {object} Way How a place gets its pictures now.
 * @property {"stream" | "snapshots"} name
 * @property {() => { connected: boolean, again: boolean, card: boolean }} delivery
 * @property {(camera: CameraStatus) => void} answered
 * @property {() => void} failed
 * @property {() => string} key Names its connection among the camera's viewers: to others the server gives no name away.
 * @property {() => boolean} isVain Whether it has failed for so long that another way is better.
 * @property {() => void} end
 *
 * @typedef {object} Told
 * @property {() => void} hurry Called when the server answers again.
 * @property {(cameras: { name: string, title: string }[]) => void} list Called with the cameras there are.
 *
 * @typedef {object} Joining
 * @property {Place} place
 * @property {string} camera
 * @property {string} query
 * @property {() => void} onChange
 */

/** Browsers open six connections to a server: more streams would leave none for the page itself. */
const MAX_STREAMS = 4;
/** Streams in a row that brought no picture: something between holds them back. */
const VAIN_STREAMS = 3;
/** After so long a stream is tried again. */
const RETRY_STREAM_MS = 60_000;
/** Between two questions how one camera is, and how several are. */
const POLL_ONE_MS = 1000;
const POLL_MS = 2000;
const OVERDUE_MS = 1500;
const SETTLE_MS = 30;

/** @type {Map<string, ReturnType<typeof createFallback>>} */
const fallbacks = new Map();

/**
 * What all pictures of one server on this page share, if they have the same token.
 *
 * @param {string} base The server's address, with a slash at its end.
 * @param {string} token Empty for none.
 * @param {Told} told
 */
export function fallbackOf(base, token, told) {
  const name = `${base} ${token}`;
  const fallback = fallbacks.get(name) ?? createFallback(base, token, told);
  fallbacks.set(name, fallback);
  return fallback;
}

/**
 * Pictures without a WebSocket: a stream in an `<img>` each, where there are few; snapshots in turn where there are many,
 * or a stream does not come through. How the cameras are is asked over HTTP.
 *
 * @param {string} base The server's address, with a slash at its end.
 * @param {string} token
 * @param {Told} told
 */
function createFallback(base, token, { hurry: onBack, list }) {
  /** @typedef {Joining & { way: Way | undefined, noStreamUntil: number, status: CameraStatus | undefined, refusal: string }} Member */
  /** @type {Set<Member>} */
  const members = new Set();
  const snapshots = createSnapshots();
  let answered = momentNow();
  let reachable = true;
  /** @type {ReturnType<typeof createPoll> | undefined} */
  let poll;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let looking;
  let asks = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let arranging;

  /** Once all who come or go together have done so: four of sixteen are not to begin with streams. */
  function arrangeSoon() {
    arranging ??= setTimeout(arrange, SETTLE_MS);
  }

  /** Has everyone who is here get pictures in the way that is right for so many. */
  function arrange() {
    clearTimeout(arranging);
    arranging = undefined;
    const isCrowd = members.size > MAX_STREAMS;
    for (const member of members) {
      if (member.way?.isVain()) member.noStreamUntil = performance.now() + RETRY_STREAM_MS;
      const name = isCrowd || performance.now() < member.noStreamUntil ? "snapshots" : "stream";
      if (member.way?.name === name) continue;
      member.way?.end();
      member.way =
        name === "stream"
          ? stream(urlOf(member, "video_feed"), member)
          : snapshot(urlOf(member, "snapshot.jpg"), member, snapshots, hurry);
      member.onChange();
    }
    ask();
  }

  /** @param {Member} member @param {string} path */
  function urlOf({ camera, query }, path) {
    return withToken(`${base}cameras/${camera}/${path}${query === "" ? "" : `?${query}`}`, token);
  }

  function ask() {
    const [first] = members;
    const wanted = members.size === 0 ? "" : members.size === 1 ? `/${first?.camera}` : "s";
    if (wanted === asks) return;
    asks = wanted;
    poll?.stop();
    clearInterval(looking);
    if (wanted === "") return;
    answered = momentNow();
    reachable = true;
    const isOne = members.size === 1;
    const status = withToken(`${base}api/cameras${isOne ? `/${first?.camera}` : ""}`, token);
    poll = createPoll(
      () => withKeys(status),
      isOne ? POLL_ONE_MS : POLL_MS,
      (/** @type {CameraStatus & { cameras: CameraStatus[], error?: string }} */ answer) => {
        answered = momentNow();
        learn(isOne ? [answer] : (answer.cameras ?? []), answer.error);
        if (!reachable) onBack();
        reachable = true;
        changed();
        if (answer.cameras !== undefined) list(answer.cameras.map(({ name, title = name }) => ({ name, title })));
      },
      () => {
        for (const { way } of members) way?.failed();
        reachable = false;
        changed();
      },
    );
    poll.start();
    looking = setInterval(arrange, 1000);
  }

  /** @param {string} url */
  function withKeys(url) {
    const keys = [...members].map(({ way }) => way?.key() ?? "").filter((key) => key !== "");
    const query = keys.map((key) => `key=${key}`).join("&");
    return query === "" ? url : `${url}${url.includes("?") ? "&" : "?"}${query}`;
  }

  /**
   * @param {CameraStatus[]} cameras
   * @param {string} [error] Why there are none.
   */
  function learn(cameras, error) {
    for (const member of members) {
      member.status = cameras.find(({ name }) => name === member.camera);
      member.refusal = member.status === undefined ? (error ?? `There is no camera "${member.camera}".`) : "";
      if (member.status !== undefined) member.way?.answered(member.status);
    }
  }

  /** Whether what has come is a picture or a card, the server knows. @param {Member} member */
  function hurry({ status }) {
    if (status?.state !== "live") poll?.hurry();
  }

  function changed() {
    for (const { onChange } of members) onChange();
  }

  return {
    /** @param {Joining} joining */
    join(joining) {
      /** @type {Member} */
      const member = { ...joining, way: undefined, noStreamUntil: 0, status: undefined, refusal: "" };
      members.add(member);
      arrangeSoon();
      return {
        get way() {
          return member.way?.name ?? "stream";
        },
        get camera() {
          return member.status;
        },
        /** Why there is no such camera; or nothing. */
        get refusal() {
          return member.refusal;
        },
        /** What there is to say of it, for `describe`. */
        seen() {
          const sinceMs = since(answered);
          const isInTime = sinceMs < (members.size === 1 ? POLL_ONE_MS : POLL_MS) + OVERDUE_MS;
          const delivery = member.way?.delivery() ?? { connected: false, again: false, card: false };
          return { camera: member.status, reachable: reachable && isInTime, sinceMs, ...delivery };
        },
        leave() {
          members.delete(member);
          member.way?.end();
          arrangeSoon();
        },
      };
    },
  };
}

/**
 * @param {string} url
 * @param {Joining} member
 * @returns {Way}
 */
function stream(url, { place, onChange }) {
  const player = createPlayer(place, url, onChange);
  const watch = createWatch(player);
  const looking = setInterval(() => void watch.look(), 1000);
  let isOver = false;
  // WebKit never fires the page's `load` once an image is streaming.
  const start = () => {
    if (!isOver) watch.start();
  };
  if (document.readyState === "complete") start();
  else addEventListener("load", start, { once: true });
  return {
    name: "stream",
    key: () => player.key,
    delivery: watch.delivery,
    answered: watch.answered,
    failed: watch.failed,
    isVain: () => player.vain > VAIN_STREAMS,
    end() {
      isOver = true;
      clearInterval(looking);
      player.stop();
    },
  };
}

/**
 * @template {Joining} T
 * @param {string} url
 * @param {T} member
 * @param {ReturnType<typeof createSnapshots>} snapshots
 * @param {(member: T) => void} onFirst
 * @returns {Way}
 */
function snapshot(url, member, snapshots, onFirst) {
  const { place, onChange } = member;
  const turn = snapshots.add(place, url, (isFirst) => {
    onChange();
    if (isFirst) onFirst(member);
  });
  return { name: "snapshots", ...turn, key: () => "", failed() {}, isVain: () => false, end: turn.remove };
}
