import { setImmediate as nextTurn } from "node:timers/promises";
import { Broadcast } from "../core/broadcast.ts";
import type { FrameSource } from "../core/frame.ts";
import { repeating } from "../core/iterate.ts";
import { buildPart, type Part } from "./multipart.ts";

/** While nothing new comes the last picture is sent again this often, in milliseconds, so that a dead socket shows. */
const REPEAT_MS = 1000;

/**
 * The parts of a source's multipart streams, shared by its viewers: each picture is laid out once, and repeated by one
 * timer for all.
 */
export class Feeds {
  readonly #feeds = new WeakMap<FrameSource, Broadcast<Part>>();
  readonly #repeatMs: number;

  /** `repeatMs` is how long nothing new may come before the last picture is sent again. @default 1000 */
  constructor(repeatMs = REPEAT_MS) {
    this.#repeatMs = repeatMs;
  }

  of(source: FrameSource): Broadcast<Part> {
    let feed = this.#feeds.get(source);
    if (feed === undefined) {
      // No linger here: how long a camera outlives its viewers is the camera's to say.
      feed = new Broadcast((signal) => repeating(parts(source, signal), this.#repeatMs), { lingerMs: 0 });
      this.#feeds.set(source, feed);
    }
    return feed;
  }
}

/**
 * A part of each frame. Between parts the event loop gets a turn: what a camera sent meanwhile is read, and of that only
 * the newest is taken. Otherwise a server that is too slow for all its viewers would fall behind its camera, with the
 * old pictures waiting in the camera's connection.
 */
async function* parts(source: FrameSource, signal: AbortSignal): AsyncGenerator<Part, void> {
  for await (const frame of source.subscribe(signal)) {
    yield buildPart(frame);
    await nextTurn();
  }
}
