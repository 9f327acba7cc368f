import { HOLDS_BOUNDARY, holdsBoundary } from "./boundary.ts";

/** A picture that can be shown, and its size in pixels. */
export interface ValidFrame {
  readonly jpeg: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** True when it is not as the camera gave it. */
  readonly repaired: boolean;
  /** What is to be said of the camera that sends such pictures, in plain words. */
  readonly remark?: string;
}

/** Mends what viewers stumble over in a picture, or tells in plain words why it cannot be shown. Never throws. */
export type Repair = (jpeg: Uint8Array) => ValidFrame | { readonly reason: string };

/**
 * Passes on the pictures that can be shown, mended where they need it; the others are `dropped`. Each remark on them is
 * noted once.
 */
export async function* validateFrames(
  jpegs: AsyncIterable<Uint8Array>,
  repair: Repair,
  dropped: (reason: string) => void,
  note: (text: string) => void = () => {},
): AsyncGenerator<ValidFrame, undefined> {
  let noted: string | undefined;
  for await (const jpeg of jpegs) {
    const picture = repair(jpeg);
    if ("remark" in picture && picture.remark !== noted) {
      noted = picture.remark;
      note(noted as string);
    }
    if ("reason" in picture) dropped(picture.reason);
    else if (holdsBoundary(picture.jpeg)) dropped(HOLDS_BOUNDARY);
    else yield picture;
  }
}
