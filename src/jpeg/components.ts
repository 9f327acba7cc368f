/** How often a component is sampled, across and down, relative to the others (T.81 A.1.1). */
export interface Sampling {
  readonly h: number;
  readonly v: number;
}

/** What must stay the same from picture to picture for programs that decode a stream. */
export interface Layout {
  /** In pixels, as it is stored: an EXIF orientation is not applied. */
  readonly width: number;
  readonly height: number;
  /** One for grey, three for colour. */
  readonly components: readonly Sampling[];
}

const START = Buffer.of(0xff, 0xd8);
const END = Buffer.of(0xff, 0xd9);
const SOF0 = 0xc0;
const DHT = 0xc4;
const SOS = 0xda;

/**
 * Reads a JPEG's layout from its frame header (T.81 B.2.2): the first SOF marker, C0 to CF but for DHT (C4), JPG (C8) and
 * DAC (CC). Undefined when there is none, or one that makes no sense.
 */
export function readLayout(jpeg: Uint8Array): Layout | undefined {
  for (const { code, body } of segments(jpeg)) {
    if (code < SOF0 || code > 0xcf || code === DHT || code === 0xc8 || code === 0xcc) continue;
    if (body.length < 6 || body.length < 6 + 3 * (body[5] as number)) return undefined;
    const components = Array.from({ length: body[5] as number }, (_, index) => {
      const factors = body[7 + 3 * index] as number;
      return { h: factors >> 4, v: factors & 15 };
    });
    const [height, width] = [body.readUInt16BE(1), body.readUInt16BE(3)];
    return width > 0 && height > 0 ? { width, height, components } : undefined;
  }
  return undefined;
}

/**
 * Gives a grey baseline JPEG the colour components of a layout, each grey all over. Its own data stays as it is: what
 * follows it is a scan for each colour, in which a block takes two bits.
 *
 * @throws TypeError when the picture is not grey, or the layout's first component is not sampled the most.
 */
export function withComponents(grey: Uint8Array, { width, height, components }: Layout): Buffer {
  const [first, ...colours] = components as [Sampling, ...Sampling[]];
  const [h, v] = [Math.max(...components.map(({ h }) => h)), Math.max(...components.map(({ v }) => v))];
  const pieces: Uint8Array[] = [START];
  let dataAt: number | undefined;
  for (const { code, body, end } of segments(grey)) {
    if (code === SOF0) {
      if (body[5] !== 1 || first.h !== h || first.v !== v) throw new TypeError("Colours fit a grey picture only");
      // Precision, height and width; then of each component its number, its factors and its quantisation table.
      const own = components.flatMap((one, index) => [index + 1, (one.h << 4) | one.v, body[8] as number]);
      pieces.push(segment(SOF0, [...body.subarray(0, 5), components.length, ...own]));
    } else {
      pieces.push(segment(code, code === SOS ? scanHeader(1, 0) : body));
    }
    dataAt = end;
  }
  pieces.push(grey.subarray(dataAt, -END.length), segment(DHT, [...codeTable(0), ...codeTable(1)]));
  for (const [index, own] of colours.entries()) {
    // A component alone in its scan has no blocks but those that hold samples (T.81 A.2.2).
    const across = Math.ceil(Math.ceil((width * own.h) / h) / 8);
    const down = Math.ceil(Math.ceil((height * own.v) / v) / 8);
    pieces.push(segment(SOS, scanHeader(index + 2, 0x11)), zeros(across * down * 2));
  }
  return Buffer.concat([...pieces, END]);
}

/** A table of one code, `0`, that stands for 0: no difference to the block before (class 0), no more of it (class 1). */
function codeTable(tableClass: 0 | 1): number[] {
  return [(tableClass << 4) | 1, 1, ...Array<number>(15).fill(0), 0];
}

/** One component's scan, of all its coefficients (T.81 B.2.3). */
function scanHeader(component: number, tables: number): number[] {
  return [1, component, tables, 0, 63, 0];
}

/** So many zero bits; the last byte is filled up with ones (T.81 F.1.2.3). */
function zeros(bits: number): Buffer {
  const data = Buffer.alloc(Math.ceil(bits / 8));
  if (bits % 8 > 0) data[data.length - 1] = 0xff >> (bits % 8);
  return data;
}

function segment(code: number, body: ArrayLike<number>): Buffer {
  const length = body.length + 2;
  return Buffer.from([0xff, code, length >> 8, length & 0xff, ...Array.from(body)]);
}

/** The segments of a JPEG up to its first scan header, each with where it ends. */
function* segments(jpeg: Uint8Array): Generator<{ code: number; body: Buffer; end: number }, void> {
  const bytes = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  let position = 2;
  while (position + 4 <= bytes.length && bytes[position] === 0xff) {
    const code = bytes[position + 1] as number;
    if (code === 0xff) {
      position += 1;
      continue;
    }
    const end = position + 2 + bytes.readUInt16BE(position + 2);
    yield { code, body: bytes.subarray(position + 4, end), end };
    if (code === SOS) return;
    position = end;
  }
}
