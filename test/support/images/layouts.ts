import { type FrameLayout, type FrameSize, readHeader } from "../../../src/jpeg/read-header.ts";

/** Returns the size in a JPEG's header; undefined without one. */
export function sizeOf(jpeg: Uint8Array): FrameSize | undefined {
  const header = readHeader(jpeg);
  return header && { width: header.width, height: header.height };
}

/** Returns the size and the components in a JPEG's header; undefined without one. */
export function layoutOf(jpeg: Uint8Array): FrameLayout | undefined {
  const header = readHeader(jpeg);
  return header && { width: header.width, height: header.height, components: header.components };
}
