import { repair } from "./repair.ts";

/** A picture's size in pixels, as it is stored: an EXIF orientation is not applied. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Reads the size from a JPEG's header; undefined where that is damaged, or there is none. */
export function readSize(jpeg: Uint8Array): PictureSize | undefined {
  const found = repair(jpeg);
  return "reason" in found ? undefined : { width: found.width, height: found.height };
}
