import { type CameraStatus, createPoll } from "../camera-status.ts";
import { momentNow, since } from "../elapsed.ts";
import { withToken } from "../server-urls.ts";
import { type Joining, snapshot, stream, type Way } from "./delivery-ways.ts";
import { createSnapshots } from "./snapshot-player.ts";

export type FallbackSeat = ReturnType<ReturnType<typeof createFallback>["join"]>;

/** Of one camera, or of all. */
interface Answer extends CameraStatus {
  readonly cameras?: CameraStatus[];
  readonly error?: string;
}

interface Told {
  /** Called when the server answers again. */
  hurry: () => void;
  /** Called with the cameras there are. */
  list: (cameras: { name: string; title: string }[]) => void;
}

/** Browsers open six connections to a server: more streams would leave none for the page itself. */
const MAX_STREAMS = 4;
/** After so long a stream is tried again. */
const RETRY_STREAM_MS = 60_000;
/** Between two questions how one camera is, and how several are. */
const POLL_ONE_MS = 1000;
const POLL_MS = 2000;
const OVERDUE_MS = 1500;
const SETTLE_MS = 30;

const fallbacks: Map<string, ReturnType<typeof createFallback>> = new Map();

/**
 * What all pictures of one server on this page share, if they have the same token.
 *
 * @param base The server's address, with a slash at its end.
 * @param token Empty for none.
 */
export function fallbackOf(base: string, token: string, told: Told) {
  const name = `${base} ${token}`;
  const fallback = fallbacks.get(name) ?? createFallback(base, token, told);
  fallbacks.set(name, fallback);
  return fallback;
}

/**
 * Pictures without a WebSocket: a stream in an `<img>` each, where there are few; snapshots in turn
 * where there are many, or a stream does not come through. How the cameras are is asked over HTTP.
 *
 * @param base The server's address, with a slash at its end.
 */
function createFallback(base: string, token: string, { hurry: onBack, list }: Told) {
  type Member = Joining & {
    way: Way | undefined;
    noStreamUntil: number;
    status: CameraStatus | undefined;
    refusal: string;
  };
  const members: Set<Member> = new Set();
  const snapshots = createSnapshots();
  let answered = momentNow();
  let reachable = true;
  let poll: ReturnType<typeof createPoll> | undefined;
  let looking: ReturnType<typeof setInterval> | undefined;
  let asks = "";
  let arranging: ReturnType<typeof setTimeout> | undefined;

  /**
   * Once all who come or go together have done so: four of sixteen are not to begin with streams.
   */
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

  function urlOf({ camera, query }: Member, path: string) {
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
      (answer: Answer) => {
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

  function withKeys(url: string) {
    const keys = [...members].map(({ way }) => way?.key() ?? "").filter((key) => key !== "");
    const query = keys.map((key) => `key=${key}`).join("&");
    return query === "" ? url : `${url}${url.includes("?") ? "&" : "?"}${query}`;
  }

  /** @param error Why there are none. */
  function learn(cameras: CameraStatus[], error?: string) {
    for (const member of members) {
      member.status = cameras.find(({ name }) => name === member.camera);
      member.refusal = member.status === undefined ? (error ?? `There is no camera "${member.camera}".`) : "";
      if (member.status !== undefined) member.way?.answered(member.status);
    }
  }

  /** Whether what has come is a picture or a card, the server knows. */
  function hurry({ status }: Member) {
    if (status?.state !== "live") poll?.hurry();
  }

  function changed() {
    for (const { onChange } of members) onChange();
  }

  return {
    join(joining: Joining) {
      const member: Member = { ...joining, way: undefined, noStreamUntil: 0, status: undefined, refusal: "" };
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
