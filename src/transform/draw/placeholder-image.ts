import { withComponents } from "../../jpeg/components.ts";
import { decodeProblem } from "../../jpeg/convert/decode-cost.ts";
import { loadSharp } from "../../jpeg/load-sharp.ts";
import { type FrameLayout, readHeader, type Sampling } from "../../jpeg/read-header.ts";
import { blend } from "./blend.ts";
import { drawText, type Pixels } from "./text.ts";

/** From top to bottom. */
export interface PlaceholderText {
  readonly title: string;
  readonly problem: string;
  /** Since when, and when it may end. */
  readonly times: string;
}

/** Before the camera's first frame. */
const DEFAULT_LAYOUT: FrameLayout = {
  width: 1280,
  height: 720,
  // As most encoders sample.
  components: [
    { h: 2, v: 2 },
    { h: 1, v: 1 },
    { h: 1, v: 1 },
  ],
};

/** Larger placeholders would take minutes and gigabytes; 8K has 33 million pixels. */
const MAX_PIXELS = 64_000_000;

/** Decoding the last frame may take this long. */
const MAX_SECONDS = 10;

/** Letters are clean from here on. */
const QUALITY = 80;

/** White letters stand out on white walls. */
const BRIGHTNESS = 0.35;
/** 0 to 255. */
const PLAIN = 30;

/**
 * Draws text on the camera's last frame, gray and dark, or on a plain ground. Size and sampling are
 * the frame's: if the sampling changes, OpenCV reads wrong bytes, and beyond the end
 * (https://github.com/opencv/opencv/issues/29699). Rejects if sharp cannot be loaded.
 */
export async function drawPlaceholder(words: PlaceholderText, frame: Uint8Array | undefined): Promise<Buffer> {
  const layout = layoutOf(frame);
  const ground = await groundFor(layout, frame);
  const { width } = layout;
  await layWords(words, layout, (pixels, left, top) => blend({ data: ground, width, channels: 1 }, pixels, left, top));
  return await encode(ground, layout);
}

/** In gray, one byte per pixel. */
async function groundFor({ width, height }: FrameLayout, frame: Uint8Array | undefined): Promise<Buffer> {
  const sharp = await loadSharp();
  if (frame !== undefined && decodeProblem(frame) === undefined) {
    try {
      const limits = { failOn: "none", limitInputPixels: width * height } as const;
      const gray = sharp(frame, limits).timeout({ seconds: MAX_SECONDS }).greyscale().linear(BRIGHTNESS, 0);
      const data = await gray.toColourspace("b-w").raw().toBuffer();
      if (data.length === width * height) return data;
    } catch {
      // The header is right, and the data cannot be decoded.
    }
  }
  return Buffer.alloc(width * height, PLAIN);
}

async function encode(ground: Buffer, layout: FrameLayout): Promise<Buffer> {
  const sharp = await loadSharp();
  const { width, height, components } = layout;
  const chromaSubsampling = samplingOf(layout);
  const jpeg = await sharp(ground, { raw: { width, height, channels: 1 }, limitInputPixels: MAX_PIXELS })
    .toColourspace(chromaSubsampling === undefined ? "b-w" : "srgb")
    .jpeg({ quality: QUALITY, chromaSubsampling: chromaSubsampling ?? "4:4:4" })
    .toBuffer();
  return chromaSubsampling === undefined && components.length > 1 ? withComponents(jpeg, layout) : jpeg;
}

function layoutOf(frame: Uint8Array | undefined): FrameLayout {
  const layout = frame && readHeader(frame);
  if (layout === undefined || layout.width * layout.height > MAX_PIXELS) return DEFAULT_LAYOUT;
  const { components } = layout;
  const [first] = components as [Sampling];
  // Factors are 1 to 4 (T.81 B.2.2), and luminance is sampled the most.
  const isUsual =
    first.h <= 4 && first.v <= 4 && components.every(({ h, v }) => h > 0 && v > 0 && h <= first.h && v <= first.v);
  return isUsual && (components.length === 1 || components.length === 3)
    ? layout
    : { ...layout, components: DEFAULT_LAYOUT.components };
}

/** Undefined if sharp does not write it. */
function samplingOf({ components }: FrameLayout): "4:2:0" | "4:4:4" | undefined {
  const factors = components.map(({ h, v }) => `${h}x${v}`).join(" ");
  if (factors === "2x2 1x1 1x1") return "4:2:0";
  return factors === "1x1 1x1 1x1" ? "4:4:4" : undefined;
}

/** Centers the texts. Without enough room the problem is shortened, then the times are left out. */
async function layWords(
  words: PlaceholderText,
  { width, height }: FrameLayout,
  place: (pixels: Pixels, left: number, top: number) => void,
): Promise<void> {
  // Upright images have room for larger letters than wide ones.
  const unit = Math.min(width / 10, height / 8);
  const gap = Math.round(unit * 0.4);
  const maxWidth = width - 2 * gap;
  const draw = (text: string, size: number, maxHeight: number, color = "#ffffff") =>
    drawText({ text, size, maxWidth, maxHeight, color, align: "centre" });

  let room = height - 2 * gap;
  const titleSize = Math.round(Math.max(11, unit * 0.66));
  // A few letters tell nothing.
  if (maxWidth < titleSize * 4) return;
  const title = await draw(words.title, titleSize, Math.min(room, titleSize * LINE_HEIGHT * 2));
  room -= title === undefined ? 0 : title.height + gap;

  const problemSize = Math.round(Math.max(10, unit * 0.48));
  const timesSize = Math.round(Math.max(9, unit * 0.4));
  let times = await draw(words.times, timesSize, Number.POSITIVE_INFINITY, "#d0d8dc");
  if (times !== undefined && room - times.height - gap < problemSize * LINE_HEIGHT * 2) times = undefined;
  room -= times === undefined ? 0 : times.height + gap;
  const problem = await draw(words.problem, problemSize, Math.min(room, problemSize * LINE_HEIGHT * 5));

  const drawn = [title, problem, times].filter((pixels) => pixels !== undefined);
  const total = drawn.reduce((sum, pixels) => sum + pixels.height + gap, -gap);
  let top = Math.round((height - total) / 2);
  for (const pixels of drawn) {
    place(pixels, Math.round((width - pixels.width) / 2), top);
    top += pixels.height + gap;
  }
}

/** Of our font, in letter sizes; substitutes are a little higher. */
const LINE_HEIGHT = 1.25;
