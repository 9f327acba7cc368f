import type { Camera } from "../core/camera.ts";
import type { CameraStatus } from "../core/camera-status.ts";
import type { Frame, FrameSource } from "../core/frame.ts";
import { guestStatus } from "../core/guest-status.ts";
import { drawPlaceholder, type PlaceholderText } from "./draw/placeholder-image.ts";

/** Stands in for frames while a camera starts or is offline. */
export interface Placeholder {
  readonly jpeg: Buffer;
  /** True before the camera's first frame: the size is a guess. */
  readonly isSizeGuessed: boolean;
  /** By `performance.now()`. */
  readonly drawnAt: number;
}

export interface PlaceholdersOptions {
  readonly draw?: (words: PlaceholderText, frame: Uint8Array | undefined) => Promise<Buffer>;
  readonly onFailure?: (error: unknown) => void;
}

interface Slot {
  from: string;
  placeholder: Placeholder | undefined;
  drawing: Promise<Placeholder | undefined> | undefined;
}

/**
 * Draws the placeholders of all cameras on demand. One at a time: libuv has four threads for this
 * and for the cameras.
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

  /** Returns an offline camera's placeholder; undefined if it cannot be drawn. Never rejects. */
  of(camera: Camera, source: FrameSource = camera, last = camera.lastFrame): Promise<Placeholder | undefined> {
    // All viewers see the same placeholder, guests too.
    return this.#drawn(source, placeholderText(guestStatus(camera.status()), new Date()), last);
  }

  /** Returns the placeholder for a variant that gives no frames while its camera is live. */
  ofVariant(camera: Camera, source: FrameSource, problem: string): Promise<Placeholder | undefined> {
    const title = nameOf(camera.status());
    // Without a frame: the camera's may be too large to draw on, too.
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

  #next(words: PlaceholderText, frame: Uint8Array | undefined): Promise<Placeholder | undefined> {
    const placeholder = this.#lastDrawing.then(async () => {
      try {
        const jpeg = await this.#draw(words, frame);
        return { jpeg, isSizeGuessed: frame === undefined, drawnAt: performance.now() };
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

/** Returns the text for an offline camera. It counts no seconds: each change would be drawn. */
export function placeholderText(status: CameraStatus, now: Date): PlaceholderText {
  const { state, lastError, lastFrameAt, offlineSince, nextTryAt, waitingFor } = status;
  const title = nameOf(status);
  if (state === "live") {
    return { title, problem: "No new frame", times: `Since ${time(new Date(lastFrameAt ?? now), now)}` };
  }
  const since = time(new Date(offlineSince ?? now), now);
  if (waitingFor !== null) return { title, problem: waitingFor, times: `No frame since ${since}` };
  if (state !== "retrying") return { title, problem: "Starting", times: `Since ${since}` };
  const next = nextTryAt === null ? "Trying again now" : `Next try at ${time(new Date(nextTryAt), now)}`;
  return { title, problem: lastError?.message ?? "", times: `No frame since ${since}\n${next}` };
}

/** Scripts in our own font. Others depend on the machine. */
const OUR_SCRIPTS =
  /^[\p{scx=Latin}\p{scx=Greek}\p{scx=Cyrillic}\p{scx=Armenian}\p{scx=Hebrew}\p{scx=Arabic}\p{scx=Georgian}\p{scx=Lao}\p{sc=Common}\p{sc=Inherited}]*$/u;

/** Adds the camera's name to a title that may come out as boxes. */
function nameOf({ title, name }: CameraStatus): string {
  return OUR_SCRIPTS.test(title) ? title : `${title} (${name})`;
}

/** In the server's time zone: `14:02:11`, or `2026-11-20 14:02:11` on another day. */
function time(date: Date, now: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  if (date.toDateString() === now.toDateString()) return clock;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
}
