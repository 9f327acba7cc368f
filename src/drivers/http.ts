import { z } from "zod";
import { linkedController, pause } from "../core/abort.ts";
import { SetupError } from "../core/errors.ts";
import { thin } from "../core/iterate.ts";
import { positive, text } from "../core/values.ts";
import { toJpeg } from "../jpeg/convert.ts";
import { MAX_PICTURE_BYTES, split } from "../jpeg/split.ts";
import { type CameraDriver, defineDriver } from "./driver.ts";

/** How long the upstream may take to answer, and a snapshot to arrive, in milliseconds. */
const ANSWER_TIMEOUT_MS = 10_000;

/** How often a snapshot URL is asked where `fps` does not say. */
const DEFAULT_POLLS_PER_SECOND = 1;

const options = z.strictObject({
  address: text("the rest of a URL, such as //192.168.0.20/stream").describe("the rest of the URL"),
  fps: positive(240).optional().describe("how often a snapshot is fetched (default 1); a stream is thinned to it"),
});

export const http = httpDriver("http");
export const https = httpDriver("https");

/** An MJPEG stream, or a snapshot URL asked again and again: the answer's type tells which. */
function httpDriver(scheme: "http" | "https"): CameraDriver<typeof options> {
  return defineDriver({
    summary: `an MJPEG stream or a snapshot at an ${scheme} URL (user:password@ for basic authentication)`,
    address: "//HOST/PATH",
    options,
    async check({ address }) {
      if (!URL.canParse(`${scheme}:${address}`)) {
        throw new SetupError(
          `${JSON.stringify(`${scheme}:${address}`)} is not a URL; give one such as ${scheme}://192.168.0.20/stream`,
          2,
        );
      }
    },
    async *open({ address, fps }, context) {
      const url = new URL(`${scheme}:${address}`);
      const pollMs = 1000 / (fps ?? DEFAULT_POLLS_PER_SECOND);
      while (!context.signal.aborted) {
        const askedAt = performance.now();
        const answer = await ask(url, context.signal);
        if (answer.isImage) {
          yield await answer.snapshot();
          await pause(askedAt + pollMs - performance.now(), context.signal);
        } else {
          const jpegs = split(answer.body, { onSkip: context.dropped });
          yield* fps === undefined ? jpegs : thin(jpegs, fps);
          if (!context.signal.aborted) throw new Error(`${url.host} ended the stream`);
        }
      }
    },
  });
}

interface Answer {
  readonly isImage: boolean;
  /** What comes, in pieces. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole of it as a JPEG; throws when it is too large, takes too long or is no picture. */
  snapshot(): Promise<Uint8Array>;
}

/** Sends the request and looks at the answer's head; throws with the URL's host and what went wrong. */
async function ask(url: URL, signal: AbortSignal): Promise<Answer> {
  const { target, headers } = withoutCredentials(url);
  const request = linkedController(signal);
  const timer = setTimeout(() => {
    request.abort(new Error(`${url.host} did not answer in ${ANSWER_TIMEOUT_MS / 1000} s`));
  }, ANSWER_TIMEOUT_MS);
  const release = () => {
    clearTimeout(timer);
    request.release();
  };
  const failure = (error: unknown): Error =>
    request.signal.aborted ? request.signal.reason : new Error(`${url.host}: ${reasonOf(error)}`, { cause: error });
  const response = await fetch(target, { headers, signal: request.signal }).catch((error) => {
    release();
    throw failure(error);
  });
  const type = response.headers.get("content-type")?.toLowerCase() ?? "";
  // Whatever a snapshot is called, its length is known; a stream's never is.
  const isImage =
    type.startsWith("image/") || (response.headers.has("content-length") && !type.startsWith("multipart/"));
  if (!isImage) clearTimeout(timer);
  const refusal = refusalOf(response, type, "Authorization" in headers);
  if (refusal !== undefined) {
    release();
    await response.body?.cancel();
    throw new Error(`${url.host} ${refusal}`);
  }
  const body = readBody(response, signal, failure, release);
  return { isImage, body, snapshot: () => readSnapshot(body, url) };
}

/** fetch refuses a URL with a password in it, so that goes into a header (RFC 7617). */
function withoutCredentials(url: URL): { target: URL; headers: Record<string, string> } {
  const target = new URL(url);
  target.username = "";
  target.password = "";
  const headers: Record<string, string> = { Accept: "*/*" };
  if (url.username !== "" || url.password !== "") {
    const credentials = `${percentDecoded(url.username)}:${percentDecoded(url.password)}`;
    headers["Authorization"] = `Basic ${Buffer.from(credentials).toString("base64")}`;
  }
  return { target, headers };
}

/** A URL may hold a bare % (https://url.spec.whatwg.org/#percent-decode): that text is taken as it is. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Why an answer cannot be watched, or undefined. Types that are wrong or missing are common, and are given a try. */
function refusalOf(response: Response, type: string, gavePassword: boolean): string | undefined {
  if (response.status === 401) {
    if (/^digest/i.test(response.headers.get("www-authenticate") ?? "")) {
      return "asks for digest authentication, which ffmpeg can: put ffmpeg: before the URL";
    }
    return gavePassword
      ? "refuses the user and password in the URL, as basic authentication"
      : "asks for a user and password: put them in the URL, as user:password@";
  }
  if (!response.ok) return `answered ${response.status} ${response.statusText}`.trim();
  if (/^(text|application\/(json|xml|xhtml))/.test(type)) return `answered with ${type}, and no pictures`;
  return undefined;
}

async function* readBody(
  response: Response,
  signal: AbortSignal,
  failure: (error: unknown) => Error,
  release: () => void,
): AsyncGenerator<Uint8Array, void> {
  try {
    if (response.body !== null) yield* response.body;
  } catch (error) {
    // An aborted body fails, even to be closed.
    if (!signal.aborted) throw failure(error);
  } finally {
    release();
  }
}

async function readSnapshot(body: AsyncIterable<Uint8Array>, url: URL): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_PICTURE_BYTES) throw new Error(`${url.host} sent a picture over ${MAX_PICTURE_BYTES} bytes`);
    chunks.push(chunk);
  }
  return await toJpeg(Buffer.concat(chunks)).catch((error) => {
    throw new Error(`${url.host} sent no picture: ${error.message}`, { cause: error });
  });
}

/** fetch says "fetch failed", and hides what failed in the cause. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf({ cause: cause.errors[0] });
  return cause instanceof Error ? cause.message || cause.name : String((error as Error).message);
}
