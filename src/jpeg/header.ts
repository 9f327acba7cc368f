/** A picture's size in pixels, as it is stored: an EXIF orientation is not applied. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Reads the size from the frame header of a JPEG (T.81 B.2.2): the first SOF marker, C0 to CF but for DHT (C4), JPG
 * (C8) and DAC (CC). Undefined when there is none.
 */
export function readSize(jpeg: Uint8Array): PictureSize | undefined {
  let position = 2;
  while (position + 8 < jpeg.length && jpeg[position] === 0xff) {
    const code = jpeg[position + 1] as number;
    if (code === 0xff) {
      position += 1;
    } else if (code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc) {
      return { height: uint16(jpeg, position + 5), width: uint16(jpeg, position + 7) };
    } else {
      position += 2 + uint16(jpeg, position + 2);
    }
  }
  return undefined;
}

function uint16(bytes: Uint8Array, position: number): number {
  return ((bytes[position] as number) << 8) | (bytes[position + 1] as number);
}
