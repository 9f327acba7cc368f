export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGB, by rows from the top left. */
  readonly rgb: Buffer;
}

/*
 * BITMAPFILEHEADER and BITMAPINFOHEADER
 * (https://learn.microsoft.com/en-us/windows/win32/api/wingdi/ns-wingdi-bitmapfileheader,
 * -bitmapinfoheader).
 */
const PIXELS_AT = 10;
const INFO_SIZE = 14;
const WIDTH = 18;
const HEIGHT = 22;
const PLANES = 26;
const BITS = 28;
const COMPRESSION = 30;

const FILE_HEADER = 14;
const INFO_HEADER = 40;

const BI_RGB = 0;

export function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d;
}

/**
 * Reads an uncompressed BMP of 24 or 32 bits, as Windows' cameras write; sharp reads none
 * (https://github.com/lovell/sharp/issues/543). @throws Error if the BMP is of another kind, or not
 * whole.
 */
export function readBmp(bytes: Uint8Array): Pixels {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!isBmp(file) || file.length < FILE_HEADER + INFO_HEADER) throw new Error("it is not a whole BMP");
  const [width, signedHeight, bits] = [file.readInt32LE(WIDTH), file.readInt32LE(HEIGHT), file.readUInt16LE(BITS)];
  const [pixelsAt, infoSize] = [file.readUInt32LE(PIXELS_AT), file.readUInt32LE(INFO_SIZE)];
  // A negative height means rows from the top.
  const height = Math.abs(signedHeight);
  const isSound = width > 0 && height > 0 && infoSize >= INFO_HEADER && pixelsAt >= FILE_HEADER + infoSize;
  if (!isSound || file.readUInt16LE(PLANES) !== 1) throw new Error("it is a damaged BMP");
  if ((bits !== 24 && bits !== 32) || file.readUInt32LE(COMPRESSION) !== BI_RGB) {
    throw new Error("it is a BMP of another kind than 24 or 32 bits a pixel, uncompressed");
  }
  // Rows are padded to 4 bytes.
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  if (file.length < pixelsAt + rowBytes * height) throw new Error("it is not a whole BMP");
  const rgb = Buffer.allocUnsafe(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = pixelsAt + rowBytes * (signedHeight < 0 ? y : height - 1 - y);
    copyRow(file, row, bits / 8, rgb, y * width * 3, width);
  }
  return { width, height, rgb };
}

function copyRow(from: Buffer, start: number, step: number, to: Buffer, toStart: number, width: number): void {
  for (let x = 0, source = start, target = toStart; x < width; x++, source += step, target += 3) {
    to[target] = from[source + 2] as number;
    to[target + 1] = from[source + 1] as number;
    to[target + 2] = from[source] as number;
  }
}
