import sharp from "sharp";
import { segment } from "./jpegs.ts";
import { decode } from "./pixels.ts";

/** Byte 12 of Adobe's segment (T.872, 6.5.3): plain inks, or inks transformed like YCbCr. */
const TRANSFORM = { CMYK: 0, YCCK: 2 } as const;

/**
 * Returns a JPEG of four components as Adobe's programs write it: inverted inks (255 is no ink),
 * one scan each. Black is not used.
 */
export async function cmykJpeg(jpeg: Uint8Array, kind: keyof typeof TRANSFORM): Promise<Buffer> {
  const { data, width, height } = await decode(jpeg);
  const plane = (value: (red: number, green: number, blue: number) => number) => {
    return Uint8ClampedArray.from({ length: width * height }, (_, at) => {
      return value(data[at * 3] as number, data[at * 3 + 1] as number, data[at * 3 + 2] as number);
    });
  };
  // YCCK transforms the ink, not its inverse (jccolor.c of libjpeg, cmyk_ycck_convert).
  const planes = {
    CMYK: [plane((red) => red), plane((_red, green) => green), plane((_red, _green, blue) => blue)],
    YCCK: [
      plane((red, green, blue) => 255 - (0.299 * red + 0.587 * green + 0.114 * blue)),
      plane((red, green, blue) => 128 + 0.168736 * red + 0.331264 * green - 0.5 * blue),
      plane((red, green, blue) => 128 - 0.5 * red + 0.418688 * green + 0.081312 * blue),
    ],
  }[kind];
  planes.push(plane(() => 255));
  const grays = await Promise.all(planes.map((pixels) => grayJpeg(pixels, width, height)));
  const [first] = grays as [Segments];
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const components = planes.flatMap((_, index) => [index + 1, 0x11, 0]);
  return Buffer.concat([
    Buffer.of(0xff, 0xd8),
    segment(0xee, [...Buffer.from("Adobe"), 0, 100, 0, 0, 0, 0, TRANSFORM[kind]]),
    ...first.tables,
    segment(0xc0, [8, ...size, planes.length, ...components]),
    ...grays.flatMap(({ scan }, index) => [segment(0xda, [1, index + 1, 0, 0, 63, 0]), scan]),
    Buffer.of(0xff, 0xd9),
  ]);
}

interface Segments {
  /** Quantization and Huffman tables, the same in all. */
  readonly tables: Buffer[];
  readonly scan: Buffer;
}

async function grayJpeg(pixels: Uint8ClampedArray, width: number, height: number): Promise<Segments> {
  const gray = sharp(pixels, { raw: { width, height, channels: 1 } }).toColourspace("b-w");
  const jpeg = await gray.jpeg({ quality: 95, optimiseCoding: false }).toBuffer();
  const tables: Buffer[] = [];
  let position = 2;
  while (jpeg[position + 1] !== 0xda) {
    const end = position + 2 + jpeg.readUInt16BE(position + 2);
    if (jpeg[position + 1] === 0xdb || jpeg[position + 1] === 0xc4) tables.push(jpeg.subarray(position, end));
    position = end;
  }
  return { tables, scan: jpeg.subarray(position + 2 + jpeg.readUInt16BE(position + 2), -2) };
}
