import { constants, crc32, deflateRawSync } from "node:zlib";
import sharp from "sharp";

/* Small images that take much memory or time to decode. */

const MEGABYTE = 1024 * 1024;

/** Returns a valid PNG of zeros. `channels` is 1 for gray and 4 for RGBA. */
export function zerosPng(width: number, height: number, channels: 1 | 4, isInterlaced = false): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, channels === 1 ? 0 : 6, 0, 0, isInterlaced ? 1 : 0], 8);
  // Each row of each pass has a filter byte (ISO/IEC 15948 8.2). A few bytes too many do no harm.
  const rows = (width * channels + 1) * height + (isInterlaced ? 8 * height : 0);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", zlibOfZeros(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** Returns a zlib stream of `size` zeros (RFC 1950), made by repeating one compressed megabyte. */
function zlibOfZeros(size: number): Buffer {
  const zeros = (count: number) => deflateRawSync(Buffer.alloc(count), { finishFlush: constants.Z_SYNC_FLUSH });
  const blocks = Array<Buffer>(Math.floor(size / MEGABYTE)).fill(zeros(MEGABYTE));
  const sum = Buffer.alloc(4);
  sum.writeUInt16BE(size % 65_521, 0);
  sum.writeUInt16BE(1, 2);
  return Buffer.concat([Buffer.of(0x78, 0x9c), ...blocks, zeros(size % MEGABYTE), Buffer.of(3, 0), sum]);
}

/** Returns a lossless WebP of that size with the data of a small one (RFC 9649 3.4). */
export async function webpOf(width: number, height: number): Promise<Buffer> {
  const plain = sharp({ create: { width: 64, height: 64, channels: 3, background: "teal" } });
  const webp = await plain.webp({ lossless: true }).toBuffer();
  const at = webp.indexOf("VP8L") + 9;
  const bits = webp.readUInt32LE(at);
  // 14 bits each for width − 1 and height − 1.
  webp.writeUInt32LE(((bits & 0xf000_0000) | ((height - 1) << 14) | (width - 1)) >>> 0, at);
  return webp;
}

/** Returns a GIF of that size with the data of one pixel. */
export async function gifOf(width: number, height: number): Promise<Buffer> {
  const gif = await sharp({ create: { width: 1, height: 1, channels: 3, background: "teal" } })
    .gif()
    .toBuffer();
  const image = gif.indexOf(Buffer.of(0x2c, 0, 0, 0, 0, 1, 0, 1, 0));
  for (const at of [6, image + 5]) {
    gif.writeUInt16LE(width, at);
    gif.writeUInt16LE(height, at + 2);
  }
  return gif;
}

/** Returns a TIFF of that size with the data of a few pixels. */
export async function tiffOf(width: number, height: number): Promise<Buffer> {
  const tiff = await sharp({ create: { width: 8, height: 8, channels: 3, background: "teal" } })
    .tiff()
    .toBuffer();
  const directory = tiff.readUInt32LE(4);
  for (let entry = directory + 2; entry < directory + 2 + 12 * tiff.readUInt16LE(directory); entry += 12) {
    // ImageWidth and ImageLength (TIFF 6.0 section 3) become LONGs.
    const size = { 256: width, 257: height }[tiff.readUInt16LE(entry)];
    if (size === undefined) continue;
    tiff.writeUInt16LE(4, entry + 2);
    tiff.writeUInt32LE(size, entry + 8);
  }
  return tiff;
}

/**
 * Returns an AVIF whose header claims that size (`ispe`, ISO/IEC 23008-12 6.5.3) and whose data has
 * `real` × `real` pixels.
 */
export async function avifOf(width: number, height: number, real = 64): Promise<Buffer> {
  const plain = sharp({ create: { width: real, height: real, channels: 3, background: "teal" } });
  const avif = await plain.avif({ effort: 0 }).toBuffer();
  for (let at = avif.indexOf("ispe"); at >= 0; at = avif.indexOf("ispe", at + 4)) {
    avif.writeUInt32BE(width, at + 8);
    avif.writeUInt32BE(height, at + 12);
  }
  return avif;
}

/**
 * Returns a valid gray progressive JPEG with that number of scans. Each scan has every block in a
 * few bytes (https://libjpeg-turbo.org/pmwiki/uploads/About/TwoIssueswiththeJPEGStandard.pdf).
 */
export function manyScans(side: number, scans: number): Buffer {
  const blocks = Math.ceil(side / 8) ** 2;
  const components = [1, 2, 3];
  const frame = [8, side >> 8, side & 255, side >> 8, side & 255, 3, ...components.flatMap((one) => [one, 0x11, 0])];
  const first = segment(0xda, [3, ...components.flatMap((one) => [one, 0]), 0, 0, 0]);
  // Each run covers 16,384 empty blocks (EOB14, T.81 G.1.2.2): a code of one bit, then 14 bits for
  // the count.
  const runs = Math.ceil(blocks / 16_384);
  const data = Buffer.alloc(Math.ceil((15 * runs) / 8));
  if ((15 * runs) % 8 > 0) data[data.length - 1] = 0xff >> ((15 * runs) % 8);
  const parts = [
    Buffer.of(0xff, 0xd8),
    segment(0xdb, [0, ...Array<number>(64).fill(1)]),
    segment(0xc2, frame),
    oneCode(0x00, 0),
    first,
    // One bit for the DC coefficient of each block: no difference from the block before.
    Buffer.alloc(Math.ceil((3 * blocks) / 8)),
    oneCode(0x10, 0xe0),
  ];
  for (let scan = 1; scan < scans; scan++) {
    // Each coefficient of each component, from its highest bit to its lowest.
    const [bit, coefficient] = [(scan - 1) % 14, Math.floor((scan - 1) / 14)];
    const approximation = bit === 0 ? 13 : ((14 - bit) << 4) | (13 - bit);
    const [component, spectral] = [1 + Math.floor(coefficient / 63), 1 + (coefficient % 63)];
    parts.push(segment(0xda, [1, component, 0, spectral, spectral, approximation]), data);
  }
  return Buffer.concat([...parts, Buffer.of(0xff, 0xd9)]);
}

/** Returns a Huffman table with one code, `0`. */
function oneCode(table: number, symbol: number): Buffer {
  return segment(0xc4, [table, 1, ...Array<number>(15).fill(0), symbol]);
}

function segment(code: number, body: ArrayLike<number>): Buffer {
  const length = body.length + 2;
  return Buffer.concat([Buffer.of(0xff, code, length >> 8, length & 255), Buffer.from(body)]);
}

/** Returns an SVG whose filters take minutes. */
export function slowSvg(side = 3000): Buffer {
  const turbulence = '<feTurbulence type="fractalNoise" baseFrequency="0.9" numOctaves="200"/>';
  const filter = `<filter id="f" x="0" y="0" width="1" height="1">${turbulence.repeat(50)}</filter>`;
  const rectangle = `<rect width="${side}" height="${side}" filter="url(#f)"/>`;
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}">${filter}${rectangle}</svg>`,
  );
}

/**
 * Returns an EXIF segment full of directory entries that point to values elsewhere, and full of
 * minimal JPEGs. Its directory is also its own subdirectory, so a naive reader never ends.
 */
export function fullExif(): Buffer {
  const [entries, directoryAt] = [512, 8];
  const exif = Buffer.alloc(65_533);
  const tiff = exif.subarray(6);
  exif.write("Exif\0\0MM", "latin1");
  tiff.writeUInt16BE(42, 2);
  tiff.writeUInt32BE(directoryAt, 4);
  tiff.writeUInt16BE(entries, directoryAt);
  for (let index = 0; index < entries; index++) {
    const at = directoryAt + 2 + 12 * index;
    // SubIFDs as a LONG; then ASCII values of eight bytes, which overlap the directory (TIFF 6.0
    // section 2).
    const [tag, type, count, value] = index === 0 ? [0x014a, 4, 1, directoryAt] : [0x9000 + index, 2, 8, 20];
    tiff.writeUInt16BE(tag, at);
    tiff.writeUInt16BE(type, at + 2);
    tiff.writeUInt32BE(count, at + 4);
    tiff.writeUInt32BE(value, at + 8);
  }
  const jpeg = Buffer.of(0xff, 0xd8, 0xff, 0xda, 0, 2, 0xff, 0xd9);
  const jpegsAt = directoryAt + 2 + 12 * entries + 4;
  tiff.fill(jpeg, jpegsAt, jpegsAt + Math.floor((tiff.length - jpegsAt) / jpeg.length) * jpeg.length);
  return segment(0xe1, exif);
}
