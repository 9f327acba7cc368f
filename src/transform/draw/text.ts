import type { default as Sharp } from "sharp";
import { loadSharp } from "../../jpeg/load-sharp.ts";
import { FONT_FAMILY, FONT_FILE, withFontconfig } from "./fonts.ts";

export interface TextOptions {
  /** Any text, in any script; nothing in it is markup. A line break starts a new line. */
  readonly text: string;
  /** Size of the letters, as fonts count it, in pixels. */
  readonly size: number;
  /** In pixels: longer lines are wrapped. */
  readonly maxWidth: number;
  /** In pixels: of more text than fits, the start is drawn, and an ellipsis. */
  readonly maxHeight: number;
  /** As `#rrggbb`, or `#rrggbbaa`. */
  readonly colour: string;
  /** @default "left" */
  readonly align?: "left" | "centre" | "right";
  /**
   * True for a drawing that is as high as its lines whatever letters are in them, so that text that changes stays on its
   * baseline. @default false, as high as its letters
   */
  readonly isEven?: boolean;
}

/** Pixels of four bytes: red, green, blue, opacity. */
export interface Pixels {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

/** No more is looked at, in characters: it would not be legible in any picture. */
const MAX_LENGTH = 1000;

/** Of a side of a drawing, in pixels: Cairo makes none that is larger (cairo-image-surface.c, MAX_IMAGE_SIZE). */
const MAX_SIDE = 32_767;

/** A drawing that would be too large to be made. It is larger than any room there is for it. */
const TOO_LARGE = { data: Buffer.alloc(0), width: Number.POSITIVE_INFINITY, height: Number.POSITIVE_INFINITY };

/** In parts of the size: hardly any letter is narrower. */
const NARROWEST = 0.25;

/** Draws text, without a margin; undefined when not even its first letters fit, or there is nothing to see. */
export async function drawText({ text, ...options }: TextOptions): Promise<Pixels | undefined> {
  const sharp = await loadForText();
  const { size, maxWidth, maxHeight } = options;
  const all = lettersOf(text);
  // What surely does not fit is not drawn to find that out: in a large picture that takes a hundred megabytes.
  let letters = all.slice(0, Math.ceil(maxWidth / (size * NARROWEST)) * Math.ceil(Math.max(0, maxHeight) / size));
  let pixels = await draw(sharp, { ...options, text: letters.join("") + (letters.length < all.length ? "…" : "") });
  while (pixels !== undefined && (pixels.height > maxHeight || pixels.width > maxWidth)) {
    // Of one that was not made nothing is known but that.
    const share = pixels.width > maxWidth ? 0.5 : maxHeight / pixels.height;
    letters = letters.slice(0, Math.min(letters.length - 1, Math.floor(letters.length * share)));
    if (letters.length === 0) return undefined;
    pixels = await draw(sharp, { ...options, text: `${letters.join("").trimEnd()}…` });
  }
  return pixels;
}

/** Draws all of a text, lines broken between words alone; undefined when it does not fit, or there is nothing to see. */
export async function drawWhole({ text, ...options }: TextOptions): Promise<Pixels | undefined> {
  const sharp = await loadForText();
  const { size, maxWidth, maxHeight } = options;
  const letters = lettersOf(text);
  if (letters.length * size * NARROWEST > maxWidth * Math.ceil(Math.max(0, maxHeight) / size)) return undefined;
  const pixels = await draw(sharp, { ...options, text: letters.join(""), wrap: "word" });
  return pixels === undefined || pixels.width > maxWidth || pixels.height > maxHeight ? undefined : pixels;
}

let loading: Promise<typeof Sharp> | undefined;

/** sharp, its fonts found. */
function loadForText(): Promise<typeof Sharp> {
  loading ??= findFonts().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function findFonts(): Promise<typeof Sharp> {
  const sharp = await loadSharp();
  await withFontconfig(() => draw(sharp, { text: "A", size: 10, maxWidth: 100, colour: "#ffffff" }));
  return sharp;
}

/** What people see as letters, so that none is cut apart; without what is not to be seen, or not allowed in markup. */
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
    colour,
    align = "left",
    isEven = false,
    wrap = "word-char",
  }: Omit<TextOptions, "maxHeight"> & { wrap?: "word" | "word-char" },
): Promise<Pixels | undefined> {
  if (text === "") return undefined;
  const letters = isEven ? betweenStruts(escapeMarkup(text), size) : escapeMarkup(text);
  const markup = `<span foreground="${colour}" insert_hyphens="false">${letters}</span>`;
  const image = sharp({
    text: {
      text: markup,
      font: `${FONT_FAMILY} ${size}`,
      fontfile: FONT_FILE,
      // A point is a pixel then.
      dpi: 72,
      width: Math.max(1, Math.min(MAX_SIDE, Math.floor(maxWidth))),
      wrap,
      align,
      rgba: true,
    },
  });
  try {
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    // Nothing but the struts.
    if (isEven && !data.some((value, at) => at % 4 === 3 && value > 0)) return undefined;
    return { data, width: info.width, height: info.height };
  } catch (error) {
    // Of spaces without width, for one.
    if (/no text to render/i.test(String(error))) return undefined;
    // https://gitlab.freedesktop.org/cairo/cairo/-/blob/1.16.0/src/cairo-misc.c: CAIRO_STATUS_INVALID_SIZE
    if (/typically too big/.test(String(error))) return TOO_LARGE;
    throw error;
  }
}

/** Of a bar in our font, in parts of the size (690 of 2048 units). */
const BAR_WIDTH = 0.337;

/**
 * Text between two bars that cannot be seen and take no room. Pango's picture is as high as what is drawn, from the top of
 * the first line's highest letter to the bottom of the last line's lowest, and a bar is higher and lower than any letter
 * without an accent. Word joiners (U+2060) keep them on those lines.
 */
function betweenStruts(markup: string, size: number): string {
  // In units of Pango, 1024 a point. Of 65535 parts, one is too little to be seen, and 0 would mean that none is given.
  const spacing = Math.round(-BAR_WIDTH * size * 1024);
  const bar = `<span fgalpha="1" letter_spacing="${spacing}">|</span>`;
  return `${bar}\u2060${markup}\u2060${bar}`;
}

/** For Pango's markup: https://docs.gtk.org/Pango/pango_markup.html */
function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
