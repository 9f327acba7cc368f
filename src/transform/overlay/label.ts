import type { FrameSize } from "../../jpeg/read-header.ts";
import { drawText, drawWhole, type Pixels } from "../draw/text.ts";
import type { OverlayPosition } from "./overlay-spec.ts";

/** A drawing, and its place on a frame. */
export interface Label {
  readonly pixels: Pixels;
  readonly left: number;
  readonly top: number;
}

/** Font size as a part of the frame's shorter side: about as cameras write a clock. */
const LETTERS = 1 / 28;
/** In pixels: letters shrink only if the text would not fit, and not below the second. */
const LEGIBLE = 12;
const SMALLEST = 7;
/** Factor from one try to the next. */
const SMALLER = 0.85;
/** Width of a shortened text in letter sizes: about eight letters; fewer tell nothing. */
const NARROWEST = 5;

/** Where each position is on a frame. */
const PLACES: Readonly<Record<OverlayPosition, { x: "left" | "center" | "right"; y: "top" | "bottom" }>> = {
  "top-left": { x: "left", y: "top" },
  top: { x: "center", y: "top" },
  "top-right": { x: "right", y: "top" },
  "bottom-left": { x: "left", y: "bottom" },
  bottom: { x: "center", y: "bottom" },
  "bottom-right": { x: "right", y: "bottom" },
};

/** At most this part of the frame. */
const MAX_HEIGHT = 1 / 2;
/** From letters to the plate's edge, and from there to the frame's, in letter sizes. */
const PADDING = { x: 0.3, y: 0.2 };
const MARGIN = 0.5;

const COLOR = "#ffffff";
/**
 * Opacity of the plate. White letters on white have a contrast of 5.7 to 1; WCAG 2.2 (1.4.3) asks
 * for 4.5.
 */
const OPACITY = 0.6;

/**
 * Draws a text for frames of a size: white letters on a dark, translucent plate. Letters shrink to
 * fit, then the text is shortened; undefined if there is no room.
 */
export async function drawLabel(text: string, frame: FrameSize, position: OverlayPosition): Promise<Label | undefined> {
  const place = PLACES[position];
  const wanted = Math.max(LEGIBLE, Math.round(Math.min(frame.width, frame.height) * LETTERS));
  const inSize = (size: number) => ({
    text,
    size,
    maxWidth: Math.floor(frame.width - 2 * size * (PADDING.x + MARGIN)),
    maxHeight: Math.floor(frame.height * MAX_HEIGHT - size * (2 * PADDING.y + MARGIN)),
    color: COLOR,
    // sharp spells it so.
    align: place.x === "center" ? ("centre" as const) : place.x,
    isEven: true,
  });
  let size = wanted;
  let letters = await drawWhole(inSize(size));
  while (letters === undefined && size > SMALLEST) {
    size = Math.max(SMALLEST, Math.floor(size * SMALLER));
    letters = await drawWhole(inSize(size));
  }
  if (letters === undefined) {
    size = LEGIBLE;
    const options = inSize(size);
    letters = options.maxWidth < size * NARROWEST ? undefined : await drawText(options);
  }
  if (letters === undefined) return undefined;
  const pixels = onPlate(letters, Math.round(size * PADDING.x), Math.round(size * PADDING.y));
  const margin = Math.round(size * MARGIN);
  const room = { x: frame.width - pixels.width, y: frame.height - pixels.height };
  const left = { left: margin, center: Math.round(room.x / 2), right: room.x - margin };
  const top = { top: margin, bottom: room.y - margin };
  return { pixels, left: left[place.x], top: top[place.y] };
}

/** Puts letters on a black plate with a border; colors are not premultiplied. */
function onPlate(letters: Pixels, borderX: number, borderY: number): Pixels {
  const [width, height] = [letters.width + 2 * borderX, letters.height + 2 * borderY];
  const data = Buffer.alloc(width * height * 4);
  for (let at = 3; at < data.length; at += 4) data[at] = OPACITY * 255;
  for (let y = 0, from = 0; y < letters.height; y++) {
    let to = ((y + borderY) * width + borderX) * 4;
    for (let x = 0; x < letters.width; x++, from += 4, to += 4) {
      const letter = (letters.data[from + 3] as number) / 255;
      const opacity = letter + OPACITY * (1 - letter);
      for (let channel = 0; channel < 3; channel++) {
        data[to + channel] = ((letters.data[from + channel] as number) * letter) / opacity;
      }
      data[to + 3] = opacity * 255;
    }
  }
  return { data, width, height };
}
