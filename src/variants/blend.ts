import type { Pixels } from "./text.ts";

/** Pixels to draw on, row by row: one byte each where they are grey, or red, green and blue. */
export interface Ground {
  readonly data: Buffer;
  readonly width: number;
  readonly channels: number;
}

/**
 * Lays a drawing on the ground, inside of which it must be. By hand, since sharp's composite works on every pixel of the
 * ground: at 4K, 0.3 s.
 */
export function blend(ground: Ground, { data, width, height }: Pixels, left: number, top: number): void {
  const { data: under, width: stride, channels } = ground;
  const isGrey = channels < 3;
  for (let y = 0, from = 0; y < height; y++) {
    const start = (top + y) * stride + left;
    for (let at = start * channels, end = at + width * channels; at < end; at += channels, from += 4) {
      const opacity = (data[from + 3] as number) / 255;
      if (opacity === 0) continue;
      const red = data[from] as number;
      const green = data[from + 1] as number;
      const blue = data[from + 2] as number;
      if (isGrey) {
        mix(under, at, luminance(red, green, blue), opacity);
      } else {
        mix(under, at, red, opacity);
        mix(under, at + 1, green, opacity);
        mix(under, at + 2, blue, opacity);
      }
    }
  }
}

function mix(under: Buffer, at: number, value: number, opacity: number): void {
  const below = under[at] as number;
  under[at] = below + (value - below) * opacity;
}

/** ITU-R BT.601. */
function luminance(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}
