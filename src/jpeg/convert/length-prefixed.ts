import type { Readable, Writable } from "node:stream";

const LENGTH_BYTES = 4;

/** Writes a block after its length. */
export function writeBlock(stream: Writable, block: Uint8Array): void {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(block.length);
  stream.write(length);
  stream.write(block);
}

/** Writes a block of JSON. */
export function writeJson(stream: Writable, value: unknown): void {
  writeBlock(stream, Buffer.from(JSON.stringify(value)));
}

/**
 * Yields each block of a stream. @throws Error if a block is longer than `maxBytes`: the stream is
 * out of sync.
 */
export async function* readBlocks(stream: Readable, maxBytes: number): AsyncGenerator<Buffer, undefined> {
  const length = Buffer.alloc(LENGTH_BYTES);
  let target = length;
  let filled = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let rest = chunk;
    while (rest.length > 0 || filled === target.length) {
      const taken = rest.copy(target, filled);
      filled += taken;
      rest = rest.subarray(taken);
      if (filled < target.length) break;
      if (target === length) {
        const size = length.readUInt32LE();
        if (size > maxBytes) throw new Error(`A block of ${size} bytes was announced; ${maxBytes} is the most`);
        target = Buffer.allocUnsafeSlow(size);
      } else {
        yield target;
        target = length;
      }
      filled = 0;
    }
  }
}
