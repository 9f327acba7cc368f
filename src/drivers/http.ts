import { z } from "zod";
import { pause } from "../core/abort.ts";
import { readAll, TooManyBytes } from "../core/byte-collector.ts";
import { SetupError } from "../core/errors.ts";
import { thin } from "../core/iterate.ts";
import { flag, positive, text } from "../core/values.ts";
import { toJpeg } from "../jpeg/convert.ts";
import { MAX_PICTURE_BYTES, split } from "../jpeg/split.ts";
import { ask } from "./ask.ts";
import { type CameraDriver, defineDriver } from "./driver.ts";

/** How often a snapshot URL is asked where `fps` does not say. */
const DEFAULT_POLLS_PER_SECOND = 1;

const httpOptions = z.strictObject({
  address: text("the rest of a URL, such as //192.168.0.20/stream").describe("the rest of the URL"),
  fps: positive(240).optional().describe("how often a snapshot is fetched (default 1); a stream is thinned to it"),
});

const httpsOptions = httpOptions.extend({
  insecure: flag().prefault(false).describe("accept any certificate, such as a camera's own"),
});

export const http = httpDriver("http", httpOptions);
export const https = httpDriver("https", httpsOptions);

/** An MJPEG stream, or a snapshot URL asked again and again: the answer's type tells which. */
function httpDriver<S extends typeof httpOptions | typeof httpsOptions>(
  scheme: "http" | "https",
  options: S,
): CameraDriver<S> {
  return defineDriver<S>({
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
    async *open({ address, fps, ...others }, context) {
      const insecure = "insecure" in others && others.insecure === true;
      const url = new URL(`${scheme}:${address}`);
      const pollMs = 1000 / (fps ?? DEFAULT_POLLS_PER_SECOND);
      while (!context.signal.aborted) {
        const askedAt = performance.now();
        const onRedirect = (address: string) => context.redactor?.learn(address);
        const answer = await ask(url, { insecure, signal: context.signal, onRedirect });
        if (answer.isWhole) {
          yield await readPicture(answer.body, url);
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

/** The whole answer as a JPEG; throws when it is too large or no picture. */
async function readPicture(body: AsyncIterable<Uint8Array>, url: URL): Promise<Uint8Array> {
  const picture = await readAll(body, MAX_PICTURE_BYTES).catch((error) => {
    if (!(error instanceof TooManyBytes)) throw error;
    throw new Error(`${url.host} sent a picture over ${MAX_PICTURE_BYTES} bytes`, { cause: error });
  });
  return await toJpeg(picture).catch((error) => {
    throw new Error(`${url.host} sent no picture: ${error.message}`, { cause: error });
  });
}
