import { holdsBoundary } from "./boundary.ts";
import type { Frame } from "./frame.ts";

export interface ValidFrame {
  readonly jpeg: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly repaired: boolean;
  /** Advice on the camera. */
  readonly remark?: string;
}

/** Repairs a frame, or says why it cannot be shown. Never throws. */
export type Repair = (jpeg: Uint8Array) => ValidFrame | { readonly reason: string };

export interface ValidateOptions {
  readonly repair: Repair;
  readonly stamp: (frame: ValidFrame) => Frame;
  readonly dropped: (reason: string) => void;
  /** Told each remark once. */
  readonly note: (text: string) => void;
}

/** Yields the frames that viewers can show, until `signal` aborts. */
export async function* validateFrames(
  jpegs: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  { repair, stamp, dropped, note }: ValidateOptions,
): AsyncGenerator<Frame, undefined> {
  let noted: string | undefined;
  for await (const jpeg of jpegs) {
    // An abandoned run must not number frames.
    if (signal.aborted) return;
    const found = repair(jpeg);
    if ("reason" in found) {
      dropped(found.reason);
      continue;
    }
    if (found.remark !== undefined && found.remark !== noted) {
      noted = found.remark;
      note(noted);
    }
    if (holdsBoundary(found.jpeg)) dropped(HOLDS_BOUNDARY);
    else yield stamp(found);
  }
}

const HOLDS_BOUNDARY = "A frame holds the stream boundary, which no camera sends by chance";
