import { type Orientation, readOrientation } from "./orientation.ts";

/** A picture's size in pixels. */
export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

/** What a JPEG says of its picture, as it is stored: its orientation is not applied to its size. */
export interface Shape extends FrameSize {
  /** 1 for grey, 3 for colour, 4 for CMYK. */
  readonly components: number;
  /** How the stored picture is to be turned to be seen upright; 1, not at all, where it does not say. */
  readonly orientation: Orientation;
}

/**
 * Reads the frame header of a JPEG (T.81 B.2.2), the first SOF marker, C0 to CF but for DHT (C4), JPG (C8) and DAC (CC);
 * and the orientation from the EXIF segment before it. Undefined when there is no frame header.
 */
export function readShape(jpeg: Uint8Array): Shape | undefined {
  let position = 2;
  let orientation: Orientation | undefined;
  while (position + 9 < jpeg.length && jpeg[position] === 0xff) {
    const code = jpeg[position + 1] as number;
    if (code === 0xff) {
      position += 1;
    } else if (code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc) {
      return {
        height: uint16(jpeg, position + 5),
        width: uint16(jpeg, position + 7),
        components: jpeg[position + 9] as number,
        orientation: orientation ?? 1,
      };
    } else {
      const end = position + 2 + uint16(jpeg, position + 2);
      if (code === APP1) orientation ??= readOrientation(jpeg.subarray(position + 4, end));
      position = end;
    }
  }
  return undefined;
}

const APP1 = 0xe1;

function uint16(bytes: Uint8Array, position: number): number {
  return ((bytes[position] as number) << 8) | (bytes[position + 1] as number);
}
