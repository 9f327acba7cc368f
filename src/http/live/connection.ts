import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { Camera } from "../../core/camera.ts";
import type { FindCamera } from "../access/authorization.ts";
import { SLOT_LOST } from "../limits/take-slot.ts";
import { DRAIN_TIMEOUT_MS } from "../server/timeouts.ts";
import { INTERNAL_ERROR } from "../shared/http-error.ts";
import { clientKeyOf } from "../shared/request.ts";
import type { Viewer } from "../streaming/viewer.ts";
import { ControlReader } from "./control-reader.ts";
import { type ClientMessage, ControlMessageError, explain, type Subscribe } from "./protocol.ts";
import { LiveSender } from "./sender.ts";
import { LiveClock } from "./server-clock.ts";
import { type LiveState, type StateOptions, stateOf } from "./state.ts";
import { LiveSubscription } from "./subscription.ts";
import { type RenditionSources, readQuery, type SubscriptionRequest } from "./subscription-request.ts";

/** More cameras than a page can show. */
const MAX_SUBSCRIPTIONS = 256;

const STATE_MS = 1000;

/**
 * Texts that the client has not taken. Above it, states are left out, and answers end the
 * connection.
 */
const MAX_UNREAD_BYTES = 64 * 1024;

export interface LiveConnectionOptions extends StateOptions, RenditionSources {
  readonly socket: WebSocket;
  readonly ended: AbortSignal;
  readonly raw: Socket;
  readonly address: string;
  /** Unless a subscription gives another. */
  readonly key: string | null;
  readonly find: FindCamera;
  readonly restMs?: number | undefined;
  /** @default 30000 */
  readonly drainTimeoutMs?: number | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
}

interface Entry {
  readonly subscription: LiveSubscription;
  unlisten: () => void;
}

/** Serves one client of `/live`: takes its messages, and sends it states. */
export class LiveConnection {
  readonly clock = new LiveClock();
  readonly #options: LiveConnectionOptions;
  readonly #sender: LiveSender;
  readonly #entries = new Map<number, Entry>();
  readonly #reader: ControlReader;
  readonly #timer: NodeJS.Timeout;

  constructor(options: LiveConnectionOptions) {
    this.#options = options;
    this.#sender = new LiveSender(options.socket, options.raw);
    this.#timer = setInterval(() => this.#check(), STATE_MS);
    this.#reader = new ControlReader(options.socket, {
      onMessage: (message) => this.#apply(message),
      onError: ({ message, id }) => this.#refuse(message, id),
    });
    options.ended.addEventListener("abort", () => this.#close());
  }

  /** Ends the connection if the client does not read. */
  say(message: object): void {
    if (this.#unreadBytes > MAX_UNREAD_BYTES) this.#options.socket.terminate();
    else this.#options.socket.send(JSON.stringify(message), () => {});
  }

  get #unreadBytes(): number {
    return this.#options.socket.bufferedAmount - this.#sender.unwrittenBytes;
  }

  /** Returns true for a new acknowledgement. */
  #apply(message: ClientMessage): boolean {
    if (message.type === "ack") return this.#entries.get(message.id)?.subscription.acknowledge(message.number) ?? false;
    if (message.type === "time") this.say({ type: "time", at: message.at, now: this.clock.now() });
    else if (message.type === "unsubscribe") this.#end(message.id);
    else this.#subscribe(message);
    return false;
  }

  #subscribe(message: Subscribe): void {
    try {
      const entry = this.#entries.get(message.id);
      if (entry === undefined) this.#begin(message);
      else this.#change(entry, message);
    } catch (error) {
      const text = explain(error);
      if (text === undefined) this.#options.onError?.(error);
      throw new ControlMessageError(text ?? INTERNAL_ERROR, message.id);
    }
    this.#sendState(message.id);
  }

  #begin(message: Subscribe): void {
    const { feeds, variants, restMs } = this.#options;
    const { id } = message;
    if (this.#entries.size >= MAX_SUBSCRIPTIONS) {
      throw new ControlMessageError(
        `Too many subscriptions: a connection has up to ${MAX_SUBSCRIPTIONS}. End one first.`,
        id,
      );
    }
    const request = this.#requestOf(message);
    const viewer = this.#admit(request, message);
    const onEnd = (error: unknown) => {
      this.#refuse(explain(error) ?? this.#whyEnded(subscription.camera), id);
    };
    const options = { id, sender: this.#sender, clock: this.clock, feeds, variants, onEnd, restMs };
    const subscription: LiveSubscription = new LiveSubscription(options, request, viewer);
    const entry: Entry = { subscription, unlisten: () => {} };
    this.#entries.set(id, entry);
    subscription.start();
    if (this.#entries.get(id) === entry) entry.unlisten = request.camera.changes.listen(() => this.#sendState(id));
  }

  #change(entry: Entry, message: Subscribe): void {
    const { subscription } = entry;
    const request = this.#requestOf(message);
    let { viewer } = subscription;
    if (request.camera !== subscription.camera) {
      this.#options.viewers.remove(viewer);
      viewer = this.#admit(request, message);
      entry.unlisten();
      entry.unlisten = request.camera.changes.listen(() => this.#sendState(message.id));
    }
    subscription.change(request, viewer);
  }

  #requestOf({ camera, query, width, height }: Subscribe): SubscriptionRequest {
    const tile = { width: width ?? undefined, height: height ?? undefined };
    const found = this.#options.find(camera);
    return { camera: found, ...readQuery(query ?? "", found), tile };
  }

  #admit({ camera }: SubscriptionRequest, { id, query }: Subscribe): Viewer {
    const { viewers, address } = this.#options;
    const key = clientKeyOf({ url: `?${query ?? ""}` }) ?? this.#options.key;
    const details = { camera: camera.name, framing: "live", variant: null, address, key } as const;
    return viewers.admit(details, () => this.#refuse(SLOT_LOST, id));
  }

  #end(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    entry.unlisten();
    entry.subscription.end();
    this.#options.viewers.remove(entry.subscription.viewer);
  }

  /** The camera may have been removed. */
  #whyEnded({ name, title }: Camera): string {
    try {
      this.#options.find(name);
      return `${title} has no more frames.`;
    } catch (error) {
      return explain(error) ?? INTERNAL_ERROR;
    }
  }

  /** Ends the subscription that the error is about. */
  #refuse(message: string, id: number | undefined): void {
    if (id !== undefined) this.#end(id);
    this.say({ type: "error", ...(id !== undefined && { id }), message });
  }

  /** Leaves it out if the client has enough to read. */
  #sendState(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || this.#unreadBytes > MAX_UNREAD_BYTES / 2) return;
    const state: LiveState = stateOf(entry.subscription, this.#options, this.clock);
    this.say(state);
  }

  #check(): void {
    const now = performance.now();
    if (this.#sender.stuckMs(now) > (this.#options.drainTimeoutMs ?? DRAIN_TIMEOUT_MS)) {
      this.#options.socket.terminate();
      return;
    }
    for (const [id, { subscription }] of this.#entries) {
      subscription.check(now);
      this.#sendState(id);
    }
  }

  #close(): void {
    clearInterval(this.#timer);
    this.#reader.close();
    for (const id of this.#entries.keys()) this.#end(id);
  }
}
