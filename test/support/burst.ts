import { BURST } from "../../src/http/routes/doctor.ts";

/** Returns the chunks of a burst as the server writes them, all at `at`, in epoch milliseconds. */
export function burst(at = Date.now()): Buffer {
  const chunks = Array.from({ length: BURST.chunks }, (_, number) => burstChunk(number, at));
  return Buffer.concat(chunks);
}

export function burstChunk(number: number, at: number): Buffer {
  const chunk = Buffer.alloc(BURST.bytes);
  chunk.writeUInt16BE(number, 0);
  chunk.writeDoubleBE(at, 2);
  return chunk;
}
