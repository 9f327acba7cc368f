import { withComponents } from "../../jpeg/components.ts";
import { decodeProblem } from "../../jpeg/convert/decode-cost.ts";
import { loadSharp } from "../../jpeg/load-sharp.ts";
import { type FrameLayout, readHeader, type Sampling } from "../../jpeg/read-header.ts";
import { blend } from "./blend.ts";
import { drawText, type Pixels } from "./text.ts";

/** What a placeholder says, from top to bottom. */
export interface PlaceholderText {
  /** Whose placeholder it is. */
  readonly title: string;
  /** What is wrong. */
  readonly problem: string;
  /** Since when, and when it may be over. */
  readonly times: string;
}

/** Where the camera has shown none yet. */
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

/** A placeholder of a larger size would take minutes, and as many GB; of 8K there are 33 million. */
const MAX_PIXELS = 64_000_000;

/** The last picture is left out if it takes longer to decode, in seconds: as long as a conversion may. */
const MAX_SECONDS = 10;

/** Of the JPEG, 1 to 100: letters are clean from here on. */
const QUALITY = 80;

/** How much of the picture's light is left, so that white letters stand out on white walls as well. */
const BRIGHTNESS = 0.35;
/** Of a plain ground, 0 to 255. */
const PLAIN = 30;

/**
 * Draws the placeholder that stands in for a camera's pictures: words on its last picture, greyed and darkened, or on a plain
 * ground where there is none that can be decoded.
 *
 * It is laid out as that picture is, in size and sampling. Programs choose how to convert a stream's pictures by the
 * first: OpenCV reads colours from the wrong bytes once the sampling changes, and beyond the end of the picture
 * (https://github.com/opencv/opencv/issues/29699).
 *
 * Rejects where sharp cannot be loaded.
 */
export async function drawPlaceholder(words: PlaceholderText, picture: Uint8Array | undefined): Promise<Buffer> {
  const layout = layoutOf(picture);
  const ground = await groundFor(layout, picture);
  const { width } = layout;
  await layWords(words, layout, (pixels, left, top) => blend({ data: ground, width, channels: 1 }, pixels, left, top));
  return await encode(ground, layout);
}

/** The picture in shades of grey, a byte for each pixel. */
async function groundFor({ width, height }: FrameLayout, picture: Uint8Array | undefined): Promise<Buffer> {
  const sharp = await loadSharp();
  if (picture !== undefined && decodeProblem(picture) === undefined) {
    try {
      const limits = { failOn: "none", limitInputPixels: width * height } as const;
      const grey = sharp(picture, limits).timeout({ seconds: MAX_SECONDS }).greyscale().linear(BRIGHTNESS, 0);
      const data = await grey.toColourspace("b-w").raw().toBuffer();
      if (data.length === width * height) return data;
    } catch {
      // Its header is right, and what follows cannot be decoded.
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

/** The layout of the picture, if a placeholder can have it. */
function layoutOf(picture: Uint8Array | undefined): FrameLayout {
  const layout = picture && readHeader(picture);
  if (layout === undefined || layout.width * layout.height > MAX_PIXELS) return DEFAULT_LAYOUT;
  const { components } = layout;
  const [first] = components as [Sampling];
  // Factors are of 1 to 4 (T.81 B.2.2), and light is sampled the most.
  const isUsual =
    first.h <= 4 && first.v <= 4 && components.every(({ h, v }) => h > 0 && v > 0 && h <= first.h && v <= first.v);
  return isUsual && (components.length === 1 || components.length === 3)
    ? layout
    : { ...layout, components: DEFAULT_LAYOUT.components };
}

/** A sampling in sharp's words; undefined for one that it does not write. */
function samplingOf({ components }: FrameLayout): "4:2:0" | "4:4:4" | undefined {
  const factors = components.map(({ h, v }) => `${h}x${v}`).join(" ");
  if (factors === "2x2 1x1 1x1") return "4:2:0";
  return factors === "1x1 1x1 1x1" ? "4:4:4" : undefined;
}

/**
 * Places the words one below the other, in the middle. Where there is no room for all, the problem is shortened; where
 * even that would leave too little of it, the times are left out.
 */
async function layWords(
  words: PlaceholderText,
  { width, height }: FrameLayout,
  place: (pixels: Pixels, left: number, top: number) => void,
): Promise<void> {
  // A picture held upright has room for larger letters than a wide one of its width.
  const unit = Math.min(width / 10, height / 8);
  const gap = Math.round(unit * 0.4);
  const maxWidth = width - 2 * gap;
  const draw = (text: string, size: number, maxHeight: number, colour = "#ffffff") =>
    drawText({ text, size, maxWidth, maxHeight, colour, align: "centre" });

  let room = height - 2 * gap;
  const titleSize = Math.round(Math.max(11, unit * 0.66));
  // A few letters of a word say nothing.
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

/** Of the font, in its own size; other fonts that step in for it are a little higher. */
const LINE_HEIGHT = 1.25;
