import { LRUCache } from "lru-cache";
import type { FrameSize } from "../../jpeg/read-header.ts";
import { drawLabel, type Label } from "./label.ts";
import { DEFAULT_POSITION, type OverlayPosition, type OverlaySpec } from "./overlay-spec.ts";
import { createTimeFormat } from "./strftime.ts";

const SEPARATOR = "  ";

/** One for each size that is tried to fit in a number of bytes. */
const MAX_KEPT = 4;

/** Writes on a camera's frames; draws each text once per size. */
export class Overlay {
  readonly #text: (epochMs: number) => string;
  readonly #position: OverlayPosition;
  readonly #labels = new LRUCache<string, Promise<Label | undefined>>({ max: MAX_KEPT });
  #written: { readonly second: number; readonly text: string } | undefined;

  constructor({ overlay = [], tz, overlayPosition = DEFAULT_POSITION }: OverlaySpec, title: () => string) {
    const parts = overlay.map((part) => (part.kind === "name" ? title : createTimeFormat(part.format, tz)));
    this.#text = (epochMs) => parts.map((write) => write(epochMs)).join(SEPARATOR);
    this.#position = overlayPosition;
  }

  /** Undefined if there is no room. */
  labelFor(size: FrameSize, capturedAt: number): Promise<Label | undefined> {
    const text = this.#textAt(capturedAt);
    const key = `${size.width}x${size.height} ${text}`;
    let label = this.#labels.get(key);
    if (label === undefined) {
      label = drawLabel(text, size, this.#position);
      label.catch(() => this.#labels.delete(key));
      this.#labels.set(key, label);
    }
    return label;
  }

  #textAt(capturedAt: number): string {
    const second = Math.floor(capturedAt / 1000);
    if (this.#written?.second !== second) this.#written = { second, text: this.#text(capturedAt) };
    return this.#written.text;
  }
}
