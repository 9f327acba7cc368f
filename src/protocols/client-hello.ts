import { HEADER_BYTES, type HeaderLayout, type HeaderNumbers, unpackHeader } from "./frame-header.ts";

/** The first number is this plus the fps. */
const HELLO_MAGIC = 888;

export interface Hello {
  readonly layout: HeaderLayout;
  readonly fps: number;
  readonly width: number;
  readonly height: number;
}

export type HelloReading =
  | { readonly kind: "hello"; readonly hello: Hello }
  | { readonly kind: "refused"; readonly reason: string }
  | {
      readonly kind: "more";
      /** If no more bytes come. */
      readonly otherwise?: Exclude<HelloReading, { kind: "more" }>;
    };

/** Returns the numbers of a hello. */
export function helloNumbers({ fps, width, height }: Omit<Hello, "layout">): HeaderNumbers {
  return { long: HELLO_MAGIC + fps, width, height };
}

/**
 * Reads a hello, and finds its layout.
 *
 * `text` is ASCII. The first number of `lhh12` has upper half 0, where `lhh8` has the size: only 0
 * × 0 pixels are ambiguous, until the client stays silent.
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
  if (long <= HELLO_MAGIC) return refused(`its first number is ${long}, not ${HELLO_MAGIC} plus the frames per second`);
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

/** Smaller numbers become 1. */
const MAX_FPS = 60;
const MAX_SIDE = 4096;

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 1), max);
}

function refused(reason: string): { kind: "refused"; reason: string } {
  return { kind: "refused", reason };
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d);
}

function isOfNumbers(byte: number): boolean {
  return isPrintable(byte) && /[\d\s+-]/.test(String.fromCharCode(byte));
}
