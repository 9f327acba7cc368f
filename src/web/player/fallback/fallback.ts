import type { CameraStatus } from "../camera-status.ts";
import type { Seen } from "../describe.ts";
import { momentNow, since } from "../elapsed.ts";
import { withToken } from "../server-urls.ts";
import { type Delivery, SnapshotDelivery, StreamDelivery } from "./delivery.ts";
import { FallbackMember, type MemberOptions } from "./fallback-member.ts";
import { JsonPoller } from "./json-poller.ts";
import { SnapshotPlayer } from "./snapshot-player.ts";

/** Of one camera, or of all. */
interface Answer extends CameraStatus {
  readonly cameras?: CameraStatus[];
  readonly error?: string;
}

interface Listener {
  /** Called when the server answers again. */
  hurry(): void;
  /** Called with the cameras there are. */
  list(cameras: { name: string; title: string }[]): void;
}

/** Browsers open six connections to a server: more streams would leave none for the page itself. */
const MAX_STREAMS = 4;
/** How long after streams have failed one is tried again. */
const RETRY_STREAM_MS = 60_000;
/** Between two requests for the status of one camera, and of several. */
const POLL_ONE_MS = 1000;
const POLL_MS = 2000;
const OVERDUE_MS = 1500;
const SETTLE_MS = 30;

const fallbacks: Map<string, Fallback> = new Map();

/**
 * Returns what all players of one server share on this page, if they have the same token.
 *
 * @param base The server's address, with a slash at its end.
 * @param token Empty for none.
 */
export function fallbackOf(base: string, token: string, listener: Listener): Fallback {
  const name = `${base} ${token}`;
  const fallback = fallbacks.get(name) ?? new Fallback(base, token, listener);
  fallbacks.set(name, fallback);
  return fallback;
}

/**
 * Shows cameras without a WebSocket: by a stream in an `<img>` each if there are few, else by
 * snapshots in turn, as also if streams do not come through. Asks for their status over HTTP.
 */
export class Fallback {
  readonly #base: string;
  readonly #token: string;
  readonly #listener: Listener;
  readonly #members: Set<FallbackMember> = new Set();
  readonly #snapshots = new SnapshotPlayer();
  #answeredAt = momentNow();
  #isReachable = true;
  #poller: JsonPoller<Answer> | undefined;
  #polled = "";
  #checking: ReturnType<typeof setInterval> | undefined;
  #arranging: ReturnType<typeof setTimeout> | undefined;

  constructor(base: string, token: string, listener: Listener) {
    this.#base = base;
    this.#token = token;
    this.#listener = listener;
  }

  join(options: MemberOptions): FallbackMember {
    const member = new FallbackMember(options, this);
    this.#members.add(member);
    this.#arrangeSoon();
    return member;
  }

  leave(member: FallbackMember): void {
    this.#members.delete(member);
    member.delivery?.end();
    this.#arrangeSoon();
  }

  /** Returns what is known of a member's frames, for `describe`. */
  seen({ status, delivery }: FallbackMember): Seen {
    const sinceMs = since(this.#answeredAt);
    const isInTime = sinceMs < (this.#members.size === 1 ? POLL_ONE_MS : POLL_MS) + OVERDUE_MS;
    const state = delivery?.state() ?? { connected: false, again: false, card: false };
    return { camera: status, reachable: this.#isReachable && isInTime, sinceMs, ...state };
  }

  /**
   * Waits until all that come or go together have done so: four of sixteen must not begin with
   * streams.
   */
  #arrangeSoon(): void {
    this.#arranging ??= setTimeout(() => this.#arrange(), SETTLE_MS);
  }

  /** Gives each member the delivery that suits their number. */
  #arrange(): void {
    clearTimeout(this.#arranging);
    this.#arranging = undefined;
    const isCrowd = this.#members.size > MAX_STREAMS;
    for (const member of this.#members) {
      if (member.delivery?.hasFailed) member.noStreamUntil = performance.now() + RETRY_STREAM_MS;
      const name = isCrowd || performance.now() < member.noStreamUntil ? "snapshots" : "stream";
      if (member.delivery?.name === name) continue;
      member.delivery?.end();
      member.delivery = this.#deliver(member, name);
      member.onChange();
    }
    this.#poll();
  }

  #deliver(member: FallbackMember, name: Delivery["name"]): Delivery {
    const { surface, camera, query, onChange } = member;
    const path = `cameras/${camera}/${name === "stream" ? "video_feed" : "snapshot.jpg"}`;
    const url = withToken(`${this.#base}${path}${query === "" ? "" : `?${query}`}`, this.#token);
    if (name === "stream") return new StreamDelivery(surface, url, onChange);
    return new SnapshotDelivery(this.#snapshots, surface, url, (isFirst) => {
      onChange();
      // The server knows whether it is a frame or a placeholder.
      if (isFirst && member.status?.state !== "live") this.#poller?.hurry();
    });
  }

  #poll(): void {
    const [first] = this.#members;
    const isOne = this.#members.size === 1;
    const polled = first === undefined ? "" : isOne ? `/${first.camera}` : "s";
    if (polled === this.#polled) return;
    this.#polled = polled;
    this.#poller?.stop();
    clearInterval(this.#checking);
    if (first === undefined) return;
    this.#answeredAt = momentNow();
    this.#isReachable = true;
    const url = withToken(`${this.#base}api/cameras${isOne ? `/${first.camera}` : ""}`, this.#token);
    this.#poller = new JsonPoller<Answer>(
      () => this.#withKeys(url),
      isOne ? POLL_ONE_MS : POLL_MS,
      (answer) => this.#answered(answer, isOne ? [answer] : (answer.cameras ?? [])),
      () => this.#failed(),
    );
    this.#checking = setInterval(() => this.#arrange(), 1000);
  }

  #withKeys(url: string): string {
    const keys = Array.from(this.#members, ({ delivery }) => delivery?.key ?? "").filter((key) => key !== "");
    const query = keys.map((key) => `key=${key}`).join("&");
    return query === "" ? url : `${url}${url.includes("?") ? "&" : "?"}${query}`;
  }

  #answered({ cameras: all, error }: Answer, cameras: CameraStatus[]): void {
    this.#answeredAt = momentNow();
    for (const member of this.#members) {
      member.update(
        cameras.find(({ name }) => name === member.camera),
        error,
      );
    }
    if (!this.#isReachable) this.#listener.hurry();
    this.#isReachable = true;
    this.#notify();
    if (all !== undefined) this.#listener.list(all.map(({ name, title = name }) => ({ name, title })));
  }

  #failed(): void {
    for (const { delivery } of this.#members) delivery?.fail();
    this.#isReachable = false;
    this.#notify();
  }

  #notify(): void {
    for (const { onChange } of this.#members) onChange();
  }
}
