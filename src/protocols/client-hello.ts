import { HEADER_BYTES, type HeaderLayout, type HeaderNumbers, unpackHeader } from "./frame-header.ts";

/** What a hello's first number has above the pictures a second: by it a server knows a client of its kind. */
const HELLO_MAGIC = 888;

/** What a client of a negotiated stream asks for. */
export interface Hello {
  readonly layout: HeaderLayout;
  /** Pictures a second. */
  readonly fps: number;
  /** The pictures' size in pixels. */
  readonly width: number;
  readonly height: number;
}

/** Of the bytes that came so far: the hello, why they are none, or that more are needed. */
export type HelloReading =
  | { readonly kind: "hello"; readonly hello: Hello }
  | { readonly kind: "refused"; readonly reason: string }
  | {
      readonly kind: "more";
      /** What it is if no more come: the bytes are whole, and may as well be the start of something longer. */
      readonly otherwise?: Exclude<HelloReading, { kind: "more" }>;
    };

/** The numbers of a hello. */
export function helloNumbers({ fps, width, height }: Omit<Hello, "layout">): HeaderNumbers {
  return { long: HELLO_MAGIC + fps, width, height };
}

/**
 * Reads a hello in whichever layout it came, told by its bytes.
 *
 * `text` is all ASCII, which the numbers of the others, with their zeros, never are. `lhh12` has the upper half of its
 * first number, which is 0, where `lhh8` has width and height: only a client that asks for 0 × 0 pixels leaves open which
 * of both it speaks until it has said nothing more for a while.
 */
export function readHello(bytes: Buffer): HelloReading {
  const start = bytes.subarray(0, HEADER_BYTES.text);
  if (start.length < 4) return { kind: "more" };
  if (start.subarray(0, 4).every(isPrintable)) {
    if (!start.every(isOfNumbers)) return refused("it is neither numbers in ASCII nor lhh");
    return start.length < HEADER_BYTES.text ? { kind: "more" } : decode("text", start);
  }
  if (start.length < HEADER_BYTES.lhh8) return { kind: "more" };
  if (start.readInt32LE(4) !== 0) return decode("lhh8", start);
  if (start.length >= HEADER_BYTES.lhh12) return decode("lhh12", start);
  if (start.length > HEADER_BYTES.lhh8) return { kind: "more" };
  return { kind: "more", otherwise: decode("lhh8", start) };
}

function decode(layout: HeaderLayout, bytes: Buffer): Exclude<HelloReading, { kind: "more" }> {
  const numbers = unpackHeader(layout, bytes);
  if (numbers === undefined) return refused("its ASCII holds no three numbers");
  const { long, width, height } = numbers;
  if (long <= HELLO_MAGIC)
    return refused(`its first number is ${long}, and must be ${HELLO_MAGIC} and the pictures a second`);
  return {
    kind: "hello",
    hello: {
      layout,
      fps: clamp(long - HELLO_MAGIC, MAX_FPS),
      width: clamp(width, MAX_SIDE),
      height: clamp(height, MAX_SIDE),
    },
  };
}

/** What a client may have at most, and 1 at least: what is more is cut. Pictures a second, and pixels. */
const MAX_FPS = 60;
const MAX_SIDE = 4096;

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 1), max);
}

function refused(reason: string): { kind: "refused"; reason: string } {
  return { kind: "refused", reason };
}

/** ASCII that can be read, and white space. */
function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d);
}

/** Digits, signs, and white space. */
function isOfNumbers(byte: number): boolean {
  return isPrintable(byte) && /[\d\s+-]/.test(String.fromCharCode(byte));
}
