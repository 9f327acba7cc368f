import type { Camera } from "../core/camera.ts";
import type { CameraStatus } from "../core/camera-status.ts";
import type { Frame, FrameSource } from "../core/frame.ts";
import { guestStatus } from "../core/guest-status.ts";
import { drawPlaceholder, type PlaceholderText } from "./draw/placeholder-image.ts";

/** What viewers get in place of pictures while a camera is starting or gone. No frame: its camera never saw it. */
export interface Placeholder {
  readonly jpeg: Buffer;
  /** True when the camera has shown no picture yet, so that the size is a guess. */
  readonly isSizeGuessed: boolean;
  /** By `performance.now()`. */
  readonly drawnAt: number;
}

export interface PlaceholdersOptions {
  /** @default draws by sharp, which is loaded with the first placeholder */
  readonly draw?: (words: PlaceholderText, picture: Uint8Array | undefined) => Promise<Buffer>;
  /** Told once, of the first placeholder that could not be drawn. */
  readonly onFailure?: (error: unknown) => void;
}

interface Slot {
  /** What the placeholder was drawn from. */
  from: string;
  placeholder: Placeholder | undefined;
  drawing: Promise<Placeholder | undefined> | undefined;
}

/**
 * The placeholders of all cameras. Each is drawn when somebody asks for it and kept until it would look different; who asks
 * while it is drawn gets the same. One is drawn at a time: libuv has four threads for this and for the cameras.
 */
export class Placeholders {
  readonly #draw: NonNullable<PlaceholdersOptions["draw"]>;
  readonly #onFailure: NonNullable<PlaceholdersOptions["onFailure"]>;
  readonly #slots = new WeakMap<FrameSource, Slot>();
  #lastDrawing: Promise<unknown> = Promise.resolve();
  #hasFailed = false;

  constructor({ draw = drawPlaceholder, onFailure = () => {} }: PlaceholdersOptions = {}) {
    this.#draw = draw;
    this.#onFailure = onFailure;
  }

  /**
   * The placeholder of a camera that has no picture to show now, for those who watch `source`: drawn on `last`, their last picture.
   * Undefined where none can be drawn. Never rejects.
   */
  of(camera: Camera, source: FrameSource = camera, last = camera.lastFrame): Promise<Placeholder | undefined> {
    // All viewers see the same placeholder, guests too.
    return this.#drawn(source, placeholderText(guestStatus(camera.status()), new Date()), last);
  }

  /** The placeholder of a camera that is live, for those who watch a variant of it that gives no pictures, with the reason. */
  ofVariant(camera: Camera, source: FrameSource, problem: string): Promise<Placeholder | undefined> {
    const title = nameOf(camera.status());
    // Of a size of its own: the camera's pictures may be too large for that too.
    return this.#drawn(source, { title, problem, times: "The camera itself is live" }, null);
  }

  #drawn(source: FrameSource, words: PlaceholderText, last: Frame | null): Promise<Placeholder | undefined> {
    const slot = this.#slotOf(source);
    if (slot.drawing !== undefined) return slot.drawing;
    const from = JSON.stringify([words, last?.seq]);
    if (slot.from !== from) {
      slot.drawing = this.#next(words, last?.jpeg).then((placeholder) => {
        slot.from = from;
        slot.placeholder = placeholder;
        slot.drawing = undefined;
        return placeholder;
      });
    }
    return slot.drawing ?? Promise.resolve(slot.placeholder);
  }

  #slotOf(source: FrameSource): Slot {
    let slot = this.#slots.get(source);
    if (slot === undefined) {
      slot = { from: "", placeholder: undefined, drawing: undefined };
      this.#slots.set(source, slot);
    }
    return slot;
  }

  /** Draws once all that came before is drawn. */
  #next(words: PlaceholderText, picture: Uint8Array | undefined): Promise<Placeholder | undefined> {
    const placeholder = this.#lastDrawing.then(async () => {
      try {
        const jpeg = await this.#draw(words, picture);
        return { jpeg, isSizeGuessed: picture === undefined, drawnAt: performance.now() };
      } catch (error) {
        if (!this.#hasFailed) this.#onFailure(error);
        this.#hasFailed = true;
        return undefined;
      }
    });
    this.#lastDrawing = placeholder;
    return placeholder;
  }
}

/** What to say of a camera that has no picture to show. No counting seconds: each change is a placeholder to draw. */
export function placeholderText(status: CameraStatus, now: Date): PlaceholderText {
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
