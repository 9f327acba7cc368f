import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import { WebSocket } from "ws";
import type { Camera } from "../../../src/core/camera.ts";
import { LiveConnection } from "../../../src/http/live/connection.ts";
import type { LiveState } from "../../../src/http/live/state.ts";
import { Feeds } from "../../../src/http/streaming/feed.ts";
import { Viewers } from "../../../src/http/streaming/viewers.ts";
import { MessageLog } from "../../../src/messages/message-log.ts";
import { Placeholders } from "../../../src/transform/placeholders.ts";
import { Variants } from "../../../src/transform/variants.ts";
import { forEachCamera } from "../app.ts";
import { type LivePicture, readPicture } from "./live-client.ts";

/** Bytes on their way that the system takes; later ones wait in the program's memory. */
const SYSTEM_BYTES = 64 * 1024;

export interface SimulatedLinkOptions {
  /** Bytes per second to the viewer. @default no limit */
  readonly rate?: number;
  /** @default 2 */
  readonly rttMs?: number;
  /** How long the viewer takes to acknowledge a frame; undefined for never. @default at once */
  readonly ackAfterMs?: (picture: LivePicture) => number | undefined;
}

/** A frame that has arrived whole. */
interface SeenPicture extends LivePicture {
  /** Since its capture. */
  readonly ageMs: number;
}

export interface SimulatedViewer {
  readonly pictures: readonly SeenPicture[];
  readonly states: readonly LiveState[];
  /** Subscribes; returns the id. */
  subscribe(camera: string, query?: string): number;
}

/** The last states of viewers and encodes of one server. */
export type SimulatedServer = ReturnType<typeof simulatedServer>;

/** The live part of a server, without sockets. */
export function simulatedServer(cameras: readonly Camera[]) {
  return {
    cameras,
    viewers: new Viewers(1000),
    feeds: new Feeds(new Placeholders()),
    variants: forEachCamera((camera) => new Variants(camera)),
    messagesOf: forEachCamera(() => new MessageLog()),
  };
}

/** Connects a viewer by a simulated link, in virtual time. */
export function simulatedViewer(
  t: TestContext,
  { cameras, ...server }: SimulatedServer,
  { rate = Number.POSITIVE_INFINITY, rttMs = 2, ackAfterMs = () => 0 }: SimulatedLinkOptions = {},
): SimulatedViewer {
  const pictures: SeenPicture[] = [];
  const states: LiveState[] = [];
  const say = (message: object, afterMs = 0) => {
    const data = Buffer.from(JSON.stringify(message));
    setTimeout(() => socket.emit("message", data, false), afterMs + rttMs / 2);
  };
  let fragment: Buffer | undefined;

  const link = new Link(rate, rttMs / 2);
  const socket = Object.assign(new EventEmitter(), {
    readyState: WebSocket.OPEN,
    get bufferedAmount() {
      return link.unwrittenBytes;
    },
    send(data: Uint8Array | string, ...more: unknown[]) {
      const written = more.find((one) => typeof one === "function") as (() => void) | undefined;
      link.carry(data.length, { arrived: () => receive(data), written });
    },
    ping: (data: string) =>
      link.carry(data.length, { arrived: () => socket.emit("pong", Buffer.from(data)), laterMs: rttMs / 2 }),
    pause() {},
    resume() {},
    terminate() {},
  });

  const receive = (data: Uint8Array | string) => {
    if (typeof data === "string") {
      const message = JSON.parse(data);
      if (message.type === "state") states.push(message);
    } else if (fragment === undefined) {
      fragment = Buffer.from(data);
    } else {
      const picture = readPicture(Buffer.concat([fragment, data]));
      fragment = undefined;
      pictures.push({ ...picture, ageMs: connection.clock.now() - picture.capturedAt });
      const ms = ackAfterMs(picture);
      const { id, number } = picture;
      if (ms !== undefined) say({ type: "ack", id, number }, ms);
    }
  };

  const ended = new AbortController();
  t.after(() => ended.abort());
  const connection = new LiveConnection({
    ...server,
    find: (name) => cameras.find((camera) => camera.name === name) as Camera,
    socket: socket as unknown as WebSocket,
    ended: ended.signal,
    raw: { cork() {}, uncork() {} } as unknown as Socket,
    address: "10.0.0.1",
    isUser: true,
    key: null,
  });
  let ids = 0;
  return {
    pictures,
    states,
    subscribe(camera, query = "") {
      say({ type: "subscribe", id: ++ids, camera, query });
      return ids;
    },
  };
}

interface Carried {
  readonly arrived: () => void;
  /** Delays `arrived`. */
  readonly laterMs?: number;
  /** Called when the system has taken the message. */
  readonly written?: (() => void) | undefined;
}

/** Carries messages to the viewer, one after the other. */
class Link {
  readonly #rate: number;
  readonly #delayMs: number;
  #freeAt = 0;
  #unwrittenBytes = 0;

  constructor(rate: number, delayMs: number) {
    this.#rate = rate;
    this.#delayMs = delayMs;
  }

  get unwrittenBytes(): number {
    return this.#unwrittenBytes;
  }

  carry(bytes: number, { arrived, laterMs = 0, written }: Carried): void {
    const now = performance.now();
    this.#freeAt = Math.max(this.#freeAt, now) + (bytes / this.#rate) * 1000;
    const inSystemMs = (SYSTEM_BYTES / this.#rate) * 1000;
    const waitsMs = this.#freeAt - inSystemMs - now;
    this.#unwrittenBytes += bytes;
    const write = () => {
      this.#unwrittenBytes -= bytes;
      written?.();
    };
    if (waitsMs > 0) setTimeout(write, waitsMs);
    else queueMicrotask(write);
    setTimeout(arrived, this.#freeAt + this.#delayMs + laterMs - now);
  }
}
