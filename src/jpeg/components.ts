import type { FrameLayout, Sampling } from "./read-header.ts";
import { segmentsOf } from "./segments.ts";
import { DHT, SOF0, SOS } from "./walk.ts";

const START = Buffer.of(0xff, 0xd8);
const END = Buffer.of(0xff, 0xd9);

/**
 * Adds gray color components to a gray baseline JPEG; its data stays.
 *
 * @throws TypeError if the JPEG is not gray, or the first component is not sampled the most.
 */
export function withComponents(gray: Uint8Array, { width, height, components }: FrameLayout): Buffer {
  const bytes = Buffer.from(gray.buffer, gray.byteOffset, gray.byteLength);
  const [first, ...colors] = components as [Sampling, ...Sampling[]];
  const [h, v] = [Math.max(...components.map(({ h }) => h)), Math.max(...components.map(({ v }) => v))];
  const pieces: Uint8Array[] = [START];
  let dataAt: number | undefined;
  for (const { code, from, to } of segmentsOf(bytes)) {
    const body = bytes.subarray(from, to);
    if (code === SOF0) {
      if (body[5] !== 1 || first.h !== h || first.v !== v) throw new TypeError("Only a gray image can get colors");
      const own = components.flatMap((one, index) => [index + 1, (one.h << 4) | one.v, body[8] as number]);
      pieces.push(segment(SOF0, [...body.subarray(0, 5), components.length, ...own]));
    } else {
      pieces.push(segment(code, code === SOS ? scanHeader(1, 0) : body));
    }
    dataAt = to;
  }
  pieces.push(gray.subarray(dataAt, -END.length), segment(DHT, [...codeTable(0), ...codeTable(1)]));
  for (const [index, own] of colors.entries()) {
    // Alone in its scan, a component has only blocks that hold samples (T.81 A.2.2).
    const across = Math.ceil(Math.ceil((width * own.h) / h) / 8);
    const down = Math.ceil(Math.ceil((height * own.v) / v) / 8);
    pieces.push(segment(SOS, scanHeader(index + 2, 0x11)), zeros(across * down * 2));
  }
  return Buffer.concat([...pieces, END]);
}

function codeTable(tableClass: 0 | 1): number[] {
  return [(tableClass << 4) | 1, 1, ...Array<number>(15).fill(0), 0];
}

/** T.81 B.2.3: a scan of all coefficients. */
function scanHeader(component: number, tables: number): number[] {
  return [1, component, tables, 0, 63, 0];
}

/** Returns zero bits, padded with ones (T.81 F.1.2.3). */
function zeros(bits: number): Buffer {
  const data = Buffer.alloc(Math.ceil(bits / 8));
  if (bits % 8 > 0) data[data.length - 1] = 0xff >> (bits % 8);
  return data;
}

function segment(code: number, body: ArrayLike<number>): Buffer {
  const length = body.length + 2;
  return Buffer.from([0xff, code, length >> 8, length & 0xff, ...Array.from(body)]);
}
