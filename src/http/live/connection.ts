import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { TokenBucket } from "../../util/token-bucket.ts";
import type { FindCamera } from "../access/find-camera.ts";
import { SLOT_LOST } from "../limits/take-slot.ts";
import { DRAIN_TIMEOUT_MS } from "../server/drain-timeout.ts";
import { INTERNAL_ERROR } from "../shared/errors.ts";
import { clientKeyOf } from "../shared/request.ts";
import type { Viewer } from "../streaming/viewer.ts";
import { type ClientMessage, ControlError, readControl, type Subscribe } from "./protocol.ts";
import { explain, whyOver } from "./refusals.ts";
import { LiveSender } from "./sender.ts";
import { LiveClock } from "./server-clock.ts";
import { type LiveState, type StateParts, stateOf } from "./state.ts";
import { LiveSubscription } from "./subscription.ts";
import { type Granting, readQuery, type Wish } from "./wish.ts";

/** Subscriptions of one connection: more cameras than a page can show. */
const MAX_SUBSCRIPTIONS = 256;

/**
 * Control messages a second that are answered at once, but for acknowledgements that say something new, of which there
 * are never more than pictures: enough to subscribe to all there may be, and to size them anew.
 */
const MESSAGES_PER_SECOND = 512;

/** So long a client is not listened to that says more than that, in milliseconds. */
const DEAF_MS = 250;

/** How often each subscription is told of, in milliseconds. */
const STATE_MS = 1000;

/** Texts that a client has not taken, in bytes: states are then left out, and one that has more answers to take is let go. */
const MAX_UNREAD_BYTES = 64 * 1024;

export interface LiveConnectionParts extends StateParts, Granting {
  readonly socket: WebSocket;
  /** Aborts when nothing more is to be taken from the client or sent to it. */
  readonly ended: AbortSignal;
  /** The socket below. */
  readonly raw: Socket;
  /** Address and port of the client. */
  readonly address: string;
  /** What the client calls itself, unless a subscription says otherwise. */
  readonly key: string | null;
  readonly find: FindCamera;
  readonly restMs?: number | undefined;
  /** How long a client may take nothing of what waits for it, in milliseconds. @default 30000 */
  readonly drainTimeoutMs?: number | undefined;
  /** Told of errors that are the program's own. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

interface Entry {
  readonly subscription: LiveSubscription;
  /** Stops listening to the camera it shows. */
  unlisten: () => void;
}

/** One client of `/live`: what it says, and what it is told. */
export class LiveConnection {
  readonly clock = new LiveClock();
  readonly #parts: LiveConnectionParts;
  readonly #sender: LiveSender;
  readonly #entries = new Map<number, Entry>();
  readonly #allowance = new TokenBucket(MESSAGES_PER_SECOND);
  readonly #timer: NodeJS.Timeout;
  #deaf: NodeJS.Timeout | undefined;

  constructor(parts: LiveConnectionParts) {
    this.#parts = parts;
    this.#sender = new LiveSender(parts.socket, parts.raw);
    this.#timer = setInterval(() => this.#look(), STATE_MS);
    parts.socket.on("message", (data: Buffer, isBinary) => this.#take(data, isBinary));
    parts.ended.addEventListener("abort", () => this.#close());
  }

  /** Tells the client something; lets it go when it takes nothing of what it is told. */
  say(message: object): void {
    if (this.#unreadBytes > MAX_UNREAD_BYTES) this.#parts.socket.terminate();
    else this.#parts.socket.send(JSON.stringify(message), () => {});
  }

  /** Of texts that wait in our own memory. */
  get #unreadBytes(): number {
    return this.#parts.socket.bufferedAmount - this.#sender.unwrittenBytes;
  }

  #take(data: Buffer, isBinary: boolean): void {
    try {
      if (isBinary) throw new ControlError("A control message must be text, and this is binary.");
      const message = readControl(data.toString());
      if (message?.type === "ack" && this.#entries.get(message.id)?.subscription.acknowledge(message.number)) return;
      if (message !== undefined && message.type !== "ack") this.#follow(message);
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      this.#refuse(error.message, error.id);
    }
    if (!this.#allowance.take(performance.now())) this.#stopListening();
  }

  #follow(message: Exclude<ClientMessage, { type: "ack" }>): void {
    if (message.type === "time") this.say({ type: "time", at: message.at, now: this.clock.now() });
    else if (message.type === "unsubscribe") this.#end(message.id);
    else this.#subscribe(message);
  }

  #subscribe(message: Subscribe): void {
    try {
      const entry = this.#entries.get(message.id);
      if (entry === undefined) this.#begin(message);
      else this.#change(entry, message);
    } catch (error) {
      const text = explain(error);
      if (text === undefined) this.#parts.onError?.(error);
      throw new ControlError(text ?? INTERNAL_ERROR, message.id);
    }
    this.#tell(message.id);
  }

  #begin(message: Subscribe): void {
    const { feeds, variants, restMs } = this.#parts;
    const { id } = message;
    if (this.#entries.size >= MAX_SUBSCRIPTIONS) {
      throw new ControlError(`A connection has up to ${MAX_SUBSCRIPTIONS} subscriptions; end one first.`, id);
    }
    const wish = this.#wishOf(message);
    const viewer = this.#admit(wish, message);
    const onEnd = (error: unknown) => {
      this.#refuse(explain(error) ?? whyOver(subscription.camera, this.#parts.find), id);
    };
    const parts = { id, sender: this.#sender, clock: this.clock, feeds, variants, onEnd, restMs };
    const subscription: LiveSubscription = new LiveSubscription(parts, wish, viewer);
    const entry: Entry = { subscription, unlisten: () => {} };
    this.#entries.set(id, entry);
    subscription.start();
    if (this.#entries.get(id) === entry) entry.unlisten = wish.camera.changes.listen(() => this.#tell(id));
  }

  #change(entry: Entry, message: Subscribe): void {
    const { subscription } = entry;
    const wish = this.#wishOf(message);
    let { viewer } = subscription;
    if (wish.camera !== subscription.camera) {
      this.#parts.viewers.remove(viewer);
      viewer = this.#admit(wish, message);
      entry.unlisten();
      entry.unlisten = wish.camera.changes.listen(() => this.#tell(message.id));
    }
    subscription.change(wish, viewer);
  }

  #wishOf({ camera, query, width, height }: Subscribe): Wish {
    const tile = { width: width ?? undefined, height: height ?? undefined };
    const found = this.#parts.find(camera);
    return { camera: found, ...readQuery(query ?? "", found), tile };
  }

  #admit({ camera }: Wish, { id, query }: Subscribe): Viewer {
    const { viewers, address } = this.#parts;
    const key = clientKeyOf({ url: `?${query ?? ""}` }) ?? this.#parts.key;
    const details = { camera: camera.name, framing: "live", variant: null, address, key } as const;
    return viewers.admit(details, () => this.#refuse(SLOT_LOST, id));
  }

  #end(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    entry.unlisten();
    entry.subscription.end();
    this.#parts.viewers.remove(entry.subscription.viewer);
  }

  /** Says what was wrong; a subscription that it is about is over. */
  #refuse(message: string, id: number | undefined): void {
    if (id !== undefined) this.#end(id);
    this.say({ type: "error", ...(id !== undefined && { id }), message });
  }

  /** Tells of a subscription, unless the client has enough to take: the next time it is told what holds then. */
  #tell(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || this.#unreadBytes > MAX_UNREAD_BYTES / 2) return;
    const state: LiveState = stateOf(entry.subscription, this.#parts, this.clock);
    this.say(state);
  }

  #look(): void {
    const now = performance.now();
    if (this.#sender.stuckMs(now) > (this.#parts.drainTimeoutMs ?? DRAIN_TIMEOUT_MS)) {
      this.#parts.socket.terminate();
      return;
    }
    for (const [id, { subscription }] of this.#entries) {
      subscription.look(now);
      this.#tell(id);
    }
  }

  #stopListening(): void {
    const { socket } = this.#parts;
    if (this.#deaf !== undefined) return;
    socket.pause();
    this.#deaf = setTimeout(() => {
      this.#deaf = undefined;
      socket.resume();
    }, DEAF_MS);
  }

  #close(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#deaf);
    for (const id of this.#entries.keys()) this.#end(id);
  }
}
