const MB = 1024 * 1024;

/**
 * Bytes that a decoded image may take by default: 200 MB hold the frames of the largest sensors of small computers
 * (9152×6944, three bytes a pixel).
 */
const DEFAULT_IMAGE_MEMORY = 200 * MB;

let limit = DEFAULT_IMAGE_MEMORY;

/**
 * Limits what one decoded image may take, in bytes, wherever this process or its converter decodes one. The memory belongs
 * to the process, so the limit does too.
 */
export function setMaxImageMemory(bytes: number): void {
  limit = bytes;
}

/** Returns the limit that `setMaxImageMemory` set, in bytes. */
export function maxImageMemory(): number {
  return limit;
}

/** Says why an image is refused that takes `bytes` when it is decoded; undefined for one within the limit. */
export function imageMemoryProblem({ width, height }: { width: number; height: number }, bytes: number) {
  if (bytes <= limit) return undefined;
  const [needed, allowed] = [Math.ceil(bytes / MB), Math.floor(limit / MB)];
  return `its ${width}×${height} pixels take ${needed} MB, more than --max-image-memory allows (${allowed} MB)`;
}
