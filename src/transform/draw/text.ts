import type { default as Sharp } from "sharp";
import { loadSharp } from "../../jpeg/load-sharp.ts";
import { FONT_FAMILY, FONT_FILE, withFontconfig } from "./fonts.ts";

export interface TextOptions {
  /** In any script, without markup. */
  readonly text: string;
  /** In pixels. */
  readonly size: number;
  /** In pixels; longer lines wrap. */
  readonly maxWidth: number;
  /** In pixels; longer text is cut, with an ellipsis. */
  readonly maxHeight: number;
  /** `#rrggbb` or `#rrggbbaa`. */
  readonly color: string;
  /** @default "left" */
  readonly align?: "left" | "centre" | "right";
  /** Full line height whatever the letters: changing text stays on its baseline. @default false */
  readonly isEven?: boolean;
}

/** Four bytes per pixel: red, green, blue, opacity. */
export interface Pixels {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

/** In characters: more would not be legible. */
const MAX_LENGTH = 1000;

/** Cairo's limit per side, in pixels (cairo-image-surface.c, MAX_IMAGE_SIZE). */
const MAX_SIDE = 32_767;

/** Too large to be made, and larger than any room. */
const TOO_LARGE = { data: Buffer.alloc(0), width: Number.POSITIVE_INFINITY, height: Number.POSITIVE_INFINITY };

/** In letter sizes: hardly any letter is narrower. */
const NARROWEST = 0.25;

/** Undefined if not even its first letters fit, or it is blank. */
export async function drawText({ text, ...options }: TextOptions): Promise<Pixels | undefined> {
  const sharp = await loadForText();
  const { size, maxWidth, maxHeight } = options;
  const all = lettersOf(text);
  // Text that surely does not fit is not drawn: in a large image that takes 100 MB.
  let letters = all.slice(0, Math.ceil(maxWidth / (size * NARROWEST)) * Math.ceil(Math.max(0, maxHeight) / size));
  let pixels = await draw(sharp, { ...options, text: letters.join("") + (letters.length < all.length ? "…" : "") });
  while (pixels !== undefined && (pixels.height > maxHeight || pixels.width > maxWidth)) {
    // The size of a drawing that was not made is unknown.
    const share = pixels.width > maxWidth ? 0.5 : maxHeight / pixels.height;
    letters = letters.slice(0, Math.min(letters.length - 1, Math.floor(letters.length * share)));
    if (letters.length === 0) return undefined;
    pixels = await draw(sharp, { ...options, text: `${letters.join("").trimEnd()}…` });
  }
  return pixels;
}

/** Wraps between words only; undefined if the text does not fit, or is blank. */
export async function drawWhole({ text, ...options }: TextOptions): Promise<Pixels | undefined> {
  const sharp = await loadForText();
  const { size, maxWidth, maxHeight } = options;
  const letters = lettersOf(text);
  if (letters.length * size * NARROWEST > maxWidth * Math.ceil(Math.max(0, maxHeight) / size)) return undefined;
  const pixels = await draw(sharp, { ...options, text: letters.join(""), wrap: "word" });
  return pixels === undefined || pixels.width > maxWidth || pixels.height > maxHeight ? undefined : pixels;
}

let loading: Promise<typeof Sharp> | undefined;

function loadForText(): Promise<typeof Sharp> {
  loading ??= findFonts().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function findFonts(): Promise<typeof Sharp> {
  const sharp = await loadSharp();
  await withFontconfig(() => draw(sharp, { text: "A", size: 10, maxWidth: 100, color: "#ffffff" }));
  return sharp;
}

/** Keeps graphemes whole; drops invisible characters and those that markup forbids. */
function lettersOf(text: string): string[] {
  const visible = text.slice(0, MAX_LENGTH).replace(/[^\P{C}\n\p{Cf}]/gu, " ");
  return Array.from(new Intl.Segmenter().segment(visible.trim()), ({ segment }) => segment);
}

async function draw(
  sharp: typeof Sharp,
  {
    text,
    size,
    maxWidth,
    color,
    align = "left",
    isEven = false,
    wrap = "word-char",
  }: Omit<TextOptions, "maxHeight"> & { wrap?: "word" | "word-char" },
): Promise<Pixels | undefined> {
  if (text === "") return undefined;
  const letters = isEven ? betweenStruts(escapeMarkup(text), size) : escapeMarkup(text);
  const markup = `<span foreground="${color}" insert_hyphens="false">${letters}</span>`;
  const image = sharp({
    text: {
      text: markup,
      font: `${FONT_FAMILY} ${size}`,
      fontfile: FONT_FILE,
      // One point is one pixel.
      dpi: 72,
      width: Math.max(1, Math.min(MAX_SIDE, Math.floor(maxWidth))),
      wrap,
      align,
      rgba: true,
    },
  });
  try {
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    // Only the struts.
    if (isEven && !data.some((value, at) => at % 4 === 3 && value > 0)) return undefined;
    return { data, width: info.width, height: info.height };
  } catch (error) {
    // Such as for spaces without width.
    if (/no text to render/i.test(String(error))) return undefined;
    // CAIRO_STATUS_INVALID_SIZE of
    // https://gitlab.freedesktop.org/cairo/cairo/-/blob/1.16.0/src/cairo-misc.c
    if (/typically too big/.test(String(error))) return TOO_LARGE;
    throw error;
  }
}

/** Width of a bar in our font, in letter sizes (690 of 2048 units). */
const BAR_WIDTH = 0.337;

/**
 * Puts text between two invisible bars: Pango's image reaches from the highest to the lowest
 * letter, and a bar is higher and lower than most. Word joiners (U+2060) keep the bars on their
 * lines.
 */
function betweenStruts(markup: string, size: number): string {
  // In Pango's units, 1024 per point. An opacity of 1 in 65535 is invisible; 0 would mean none.
  const spacing = Math.round(-BAR_WIDTH * size * 1024);
  const bar = `<span fgalpha="1" letter_spacing="${spacing}">|</span>`;
  return `${bar}\u2060${markup}\u2060${bar}`;
}

/** https://docs.gtk.org/Pango/pango_markup.html */
function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
