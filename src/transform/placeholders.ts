import type { Camera } from "../core/camera.ts";
import type { CameraStatus } from "../core/camera-status.ts";
import type { Frame, FrameSource } from "../core/frame.ts";
import { guestStatus } from "../core/guest-status.ts";
import { type CardWords, drawCard } from "./draw/placeholder-image.ts";

/** What viewers get in place of pictures while a camera is starting or gone. No frame: its camera never saw it. */
export interface Card {
  readonly jpeg: Buffer;
  /** True when the camera has shown no picture yet, so that the size is a guess. */
  readonly isGuess: boolean;
  /** By `performance.now()`. */
  readonly drawnAt: number;
}

export interface CardsOptions {
  /** @default draws by sharp, which is loaded with the first card */
  readonly draw?: (words: CardWords, picture: Uint8Array | undefined) => Promise<Buffer>;
  /** Told once, of the first card that could not be drawn. */
  readonly onFailure?: (error: unknown) => void;
}

interface Slot {
  /** What the card was drawn from. */
  from: string;
  card: Card | undefined;
  drawing: Promise<Card | undefined> | undefined;
}

/**
 * The cards of all cameras. Each is drawn when somebody asks for it and kept until it would look different; who asks
 * while it is drawn gets the same. One is drawn at a time: libuv has four threads for this and for the cameras.
 */
export class Cards {
  readonly #draw: NonNullable<CardsOptions["draw"]>;
  readonly #onFailure: NonNullable<CardsOptions["onFailure"]>;
  readonly #slots = new WeakMap<FrameSource, Slot>();
  #lastDrawing: Promise<unknown> = Promise.resolve();
  #hasFailed = false;

  constructor({ draw = drawCard, onFailure = () => {} }: CardsOptions = {}) {
    this.#draw = draw;
    this.#onFailure = onFailure;
  }

  /**
   * The card of a camera that has no picture to show now, for those who watch `source`: drawn on `last`, their last picture.
   * Undefined where none can be drawn. Never rejects.
   */
  of(camera: Camera, source: FrameSource = camera, last = camera.lastFrame): Promise<Card | undefined> {
    // All viewers see the same card, guests too.
    return this.#drawn(source, wordsFor(guestStatus(camera.status()), new Date()), last);
  }

  /** The card of a camera that is live, for those who watch a variant of it that gives no pictures, with the reason. */
  ofVariant(camera: Camera, source: FrameSource, problem: string): Promise<Card | undefined> {
    const title = nameOf(camera.status());
    // Of a size of its own: the camera's pictures may be too large for that too.
    return this.#drawn(source, { title, problem, times: "The camera itself is live" }, null);
  }

  #drawn(source: FrameSource, words: CardWords, last: Frame | null): Promise<Card | undefined> {
    const slot = this.#slotOf(source);
    if (slot.drawing !== undefined) return slot.drawing;
    const from = JSON.stringify([words, last?.seq]);
    if (slot.from !== from) {
      slot.drawing = this.#next(words, last?.jpeg).then((card) => {
        slot.from = from;
        slot.card = card;
        slot.drawing = undefined;
        return card;
      });
    }
    return slot.drawing ?? Promise.resolve(slot.card);
  }

  #slotOf(source: FrameSource): Slot {
    let slot = this.#slots.get(source);
    if (slot === undefined) {
      slot = { from: "", card: undefined, drawing: undefined };
      this.#slots.set(source, slot);
    }
    return slot;
  }

  /** Draws once all that came before is drawn. */
  #next(words: CardWords, picture: Uint8Array | undefined): Promise<Card | undefined> {
    const card = this.#lastDrawing.then(async () => {
      try {
        const jpeg = await this.#draw(words, picture);
        return { jpeg, isGuess: picture === undefined, drawnAt: performance.now() };
      } catch (error) {
        if (!this.#hasFailed) this.#onFailure(error);
        this.#hasFailed = true;
        return undefined;
      }
    });
    this.#lastDrawing = card;
    return card;
  }
}

/** What to say of a camera that has no picture to show. No counting seconds: each change is a card to draw. */
export function wordsFor(status: CameraStatus, now: Date): CardWords {
  const { state, lastError, lastFrameAt, offlineSince, nextTryAt, waitingFor } = status;
  const title = nameOf(status);
  if (state === "live") {
    return { title, problem: "No new picture", times: `Since ${time(new Date(lastFrameAt ?? now), now)}` };
  }
  const since = time(new Date(offlineSince ?? now), now);
  if (waitingFor !== null) return { title, problem: waitingFor, times: `No picture since ${since}` };
  if (state !== "retrying") return { title, problem: "Starting", times: `Since ${since}` };
  const next = nextTryAt === null ? "Trying again now" : `Next try at ${time(new Date(nextTryAt), now)}`;
  return { title, problem: lastError?.message ?? "", times: `No picture since ${since}\n${next}` };
}

/** Scripts of which our own font has letters; for others it depends on the machine. */
const OUR_SCRIPTS =
  /^[\p{scx=Latin}\p{scx=Greek}\p{scx=Cyrillic}\p{scx=Armenian}\p{scx=Hebrew}\p{scx=Arabic}\p{scx=Georgian}\p{scx=Lao}\p{sc=Common}\p{sc=Inherited}]*$/u;

/** A title that may come out as boxes is followed by the camera's name, which is of plain letters. */
function nameOf({ title, name }: CameraStatus): string {
  return OUR_SCRIPTS.test(title) ? title : `${title} (${name})`;
}

/** In the server's own time zone, as `14:02:11`, or `2026-11-20 14:02:11` when it is not of today. */
function time(date: Date, now: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  if (date.toDateString() === now.toDateString()) return clock;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
}
