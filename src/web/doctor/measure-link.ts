import type { Finding } from "./checks.ts";

/**
 * How long a chunk is kept back, in milliseconds, before a viewer sees it: pictures of 15 a second
 * are 67 ms apart.
 */
const KEPT_BACK_MS = 400;

/**
 * Bytes of a chunk, as the server makes them, and of its header: its number and when it was sent.
 */
const CHUNK_BYTES = 1024;
const HEADER_BYTES = 10;

const MEND =
  "In the web server in front turn off buffering and compression for this address; the page “Embed” has the lines for nginx and Caddy.";

/**
 * Has the server send some chunks at known times, by the way that pictures take, and looks at how
 * they arrive.
 */
export async function examineBurst(url: string): Promise<Finding[]> {
  const about = "The way here";
  const response = await fetch(url, { cache: "no-store" });
  if (!response.ok || response.body === null) {
    const what = `The server could not be asked for it: it answered ${response.status}.`;
    return [{ check: "buffering", about, level: "note", what, mend: "Run again in a few seconds." }];
  }
  const encoding = response.headers.get("content-encoding");
  const { bytes, arrivals } = await read(response.body);
  const findings: Finding[] = [];
  if (encoding !== null && encoding !== "identity") {
    const what = `Something on the way compresses what the server sends (${encoding}), which stops streams.`;
    findings.push({ check: "compression", about, level: "problem", what, mend: MEND });
  }
  const late = lateness(bytes, arrivals);
  if (late === undefined) {
    const what = "Something on the way changes what the server sends: it did not arrive as it was sent.";
    return [...findings, { check: "buffering", about, level: "problem", what, mend: MEND }];
  }
  if (late > KEPT_BACK_MS) {
    const what = `Something on the way keeps pictures back, for up to ${(late / 1000).toFixed(1)} s.`;
    return [...findings, { check: "buffering", about, level: "problem", what, mend: MEND }];
  }
  const what = `What the server sends arrives as it is sent, held up by ${Math.round(late)} ms at most.`;
  return [...findings, { check: "buffering", about, level: "ok", what, mend: "" }];
}

/**
 * All there is, and when each byte's piece came: the end of the piece, and the time in milliseconds
 * since the epoch.
 */
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
 * By how many milliseconds more than the quickest chunk the slowest was under way; undefined when
 * these are not the chunks.
 */
function lateness(bytes: Uint8Array, arrivals: { end: number; at: number }[]) {
  const count = bytes.length / CHUNK_BYTES;
  if (!Number.isInteger(count) || count < 2) return undefined;
  const ways: number[] = [];
  for (let number = 0; number < count; number++) {
    const view = new DataView(bytes.buffer, number * CHUNK_BYTES, HEADER_BYTES);
    if (view.getUint16(0) !== number) return undefined;
    const arrival = arrivals.find(({ end }) => end >= (number + 1) * CHUNK_BYTES);
    ways.push((arrival?.at ?? Number.NaN) - view.getFloat64(2));
  }
  return Math.max(...ways) - Math.min(...ways);
}
