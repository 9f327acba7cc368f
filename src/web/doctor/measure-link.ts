import type { Finding } from "./checks.ts";

/** How long a chunk may be held up before viewers notice: frames of 15 fps are 67 ms apart. */
const HELD_UP_MS = 400;

/** Bytes of a chunk of the server, and of its header: its number, and when it was sent. */
const CHUNK_BYTES = 1024;
const HEADER_BYTES = 10;

const FIX =
  'In the web server in front, turn off buffering and compression for this address. The page "Embed" has the lines for nginx and Caddy.';

/**
 * Requests chunks that the server sends at known times, the way that frames take, and checks how
 * they arrive.
 */
export async function examineBurst(url: string): Promise<Finding[]> {
  const about = "Connection";
  const response = await fetch(url, { cache: "no-store" });
  if (!response.ok || response.body === null) {
    const what = `The connection could not be measured: the server answered ${response.status}.`;
    return [{ check: "buffering", about, level: "note", what, fix: "Run again in a few seconds." }];
  }
  const encoding = response.headers.get("content-encoding");
  const { bytes, arrivals } = await read(response.body);
  const findings: Finding[] = [];
  if (encoding !== null && encoding !== "identity") {
    const what = `A proxy on the way compresses what the server sends (${encoding}), which stops streams.`;
    findings.push({ check: "compression", about, level: "problem", what, fix: FIX });
  }
  const late = lateness(bytes, arrivals);
  if (late === undefined) {
    const what = "A proxy on the way changes what the server sends.";
    return [...findings, { check: "buffering", about, level: "problem", what, fix: FIX }];
  }
  if (late > HELD_UP_MS) {
    const what = `A proxy on the way holds frames up, for up to ${(late / 1000).toFixed(1)} s.`;
    return [...findings, { check: "buffering", about, level: "problem", what, fix: FIX }];
  }
  const what = `Frames arrive as they are sent, held up by ${Math.round(late)} ms at most.`;
  return [...findings, { check: "buffering", about, level: "ok", what, fix: "" }];
}

/** Returns all bytes, and of each piece where it ends and when it came, in epoch milliseconds. */
async function read(body: ReadableStream<Uint8Array>) {
  const pieces: Uint8Array[] = [];
  const arrivals: { end: number; at: number }[] = [];
  let end = 0;
  const reader = body.getReader();
  while (true) {
    const { done, value } = await reader.read();
    if (done) break;
    end += value.length;
    pieces.push(value);
    arrivals.push({ end, at: performance.timeOrigin + performance.now() });
  }
  const bytes = new Uint8Array(end);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return { bytes, arrivals };
}

/**
 * Returns by how many milliseconds the slowest chunk took longer than the fastest; undefined if
 * these are not the chunks.
 */
function lateness(bytes: Uint8Array, arrivals: { end: number; at: number }[]) {
  const count = bytes.length / CHUNK_BYTES;
  if (!Number.isInteger(count) || count < 2) return undefined;
  const delays: number[] = [];
  for (let number = 0; number < count; number++) {
    const view = new DataView(bytes.buffer, number * CHUNK_BYTES, HEADER_BYTES);
    if (view.getUint16(0) !== number) return undefined;
    const arrival = arrivals.find(({ end }) => end >= (number + 1) * CHUNK_BYTES);
    delays.push((arrival?.at ?? Number.NaN) - view.getFloat64(2));
  }
  return Math.max(...delays) - Math.min(...delays);
}
