import { setImmediate as nextTurn } from "node:timers/promises";
import { Broadcast } from "../core/broadcast.ts";
import type { Camera } from "../core/camera.ts";
import { repeating } from "../core/iterate.ts";
import type { Card, Cards } from "../variants/no-picture.ts";
import { buildCardPart, buildPart, type Part } from "./multipart.ts";

/**
 * While nothing new comes, something is sent this often, in milliseconds, so that a dead socket shows. A camera that is
 * back sooner than that shows no card.
 */
const REPEAT_MS = 1000;

/**
 * The parts of a camera's multipart streams, shared by its viewers: each picture is laid out once. While nothing new
 * comes, the last is repeated by one timer for all; or the camera's card, when it is not live.
 */
export class Feeds {
  readonly #feeds = new WeakMap<Camera, Broadcast<Part>>();
  readonly #cards: Cards;
  readonly #repeatMs: number;

  /** `repeatMs` is how long nothing new may come before the last picture is sent again. @default 1000 */
  constructor(cards: Cards, repeatMs = REPEAT_MS) {
    this.#cards = cards;
    this.#repeatMs = repeatMs;
  }

  of(camera: Camera): Broadcast<Part> {
    let feed = this.#feeds.get(camera);
    if (feed === undefined) {
      // No linger here: how long a camera outlives its viewers is the camera's to say.
      feed = new Broadcast((signal) => this.#parts(camera, signal), { lingerMs: 0 });
      this.#feeds.set(camera, feed);
    }
    return feed;
  }

  #parts(camera: Camera, signal: AbortSignal): AsyncIterable<Part> {
    let picture: Part | undefined;
    let card: Part | undefined;
    const instead = async () => {
      const drawn: Card | undefined = camera.online ? undefined : await this.#cards.of(camera);
      if (drawn === undefined || camera.online) return picture;
      if (card?.card !== drawn) card = buildCardPart(drawn);
      return card;
    };
    const parts = async function* () {
      for await (const frame of camera.subscribe(signal)) {
        // A camera that is open for others, and gone, begins with the last picture it had.
        const isOld = picture === undefined && !camera.online;
        picture = buildPart(frame);
        const part = isOld ? await instead() : picture;
        if (part !== undefined) yield part;
        // The event loop gets a turn: what a camera sent meanwhile is read, and of that only the newest is taken.
        // Otherwise a server that is too slow for all its viewers would fall behind its camera, with the old pictures
        // waiting in the camera's connection.
        await nextTurn();
      }
    };
    return repeating(parts(), this.#repeatMs, instead);
  }
}
