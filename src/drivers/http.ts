import { z } from "zod";
import { flag, oneOf, positive, text } from "../options/option-types.ts";
import { pause } from "../util/abort.ts";
import { thin } from "../util/async-iterate.ts";
import { SetupError } from "../util/errors.ts";
import { type CameraDriver, defineDriver, type OpenContext } from "./driver.ts";
import { AnswerReader } from "./http-client/answer-reader.ts";
import { HttpClient } from "./http-client/http-client.ts";
import { PollSchedule } from "./http-client/poll-schedule.ts";
import { Refusal } from "./http-client/refusal.ts";

const DEFAULT_POLLS_PER_SECOND = 1;

const httpOptions = z.strictObject({
  address: text("the rest of a URL, such as //192.168.0.20/stream").describe("rest of the URL"),
  fps: positive(240).optional().describe("snapshots per second (1); limits the frame rate of a stream"),
  insecure: flag().prefault(false).describe("accept any certificate, such as a camera's own"),
  tls: oneOf("default", "legacy")
    .prefault("default")
    .describe("legacy: also TLS 1.0 and 1.1 with weak ciphers and keys, for old cameras"),
});

export const http = httpDriver("http");
export const https = httpDriver("https");

/** The answer tells an MJPEG stream from a snapshot. */
function httpDriver(scheme: "http" | "https"): CameraDriver<typeof httpOptions> {
  return defineDriver({
    summary: `an MJPEG stream or a snapshot at an ${scheme} URL; user:password@ for Basic and Digest authentication`,
    address: "//HOST/PATH",
    options: httpOptions,
    async check({ address }) {
      if (!URL.canParse(`${scheme}:${address}`)) {
        throw new SetupError(
          `${JSON.stringify(`${scheme}:${address}`)} is not a URL. Write one such as ${scheme}://192.168.0.20/stream.`,
          2,
        );
      }
    },
    async *open({ address, fps, insecure, tls }, { signal, dropped, note = () => {}, stallMs, redactor }) {
      const url = new URL(`${scheme}:${address}`);
      const everyMs = 1000 / (fps ?? DEFAULT_POLLS_PER_SECOND);
      const source = {
        client: new HttpClient(url, {
          insecure,
          legacyTls: tls === "legacy",
          onRedirect: (address) => redactor?.learn(address),
        }),
        reader: new AnswerReader(dropped),
        patience: new PollSchedule({ everyMs, stallMs, note }),
        fps,
      };
      while (!signal.aborted) {
        const waitMs = yield* pollOnce(source, { signal, dropped });
        await pause(waitMs, signal);
      }
    },
  });
}

interface Source {
  readonly client: HttpClient;
  readonly reader: AnswerReader;
  readonly patience: PollSchedule;
  readonly fps: number | undefined;
}

/** Returns the ms to wait. Throws when a stream ends. */
async function* pollOnce(
  { client, reader, patience, fps }: Source,
  { signal, dropped }: Pick<OpenContext, "signal" | "dropped">,
): AsyncGenerator<Uint8Array, number> {
  try {
    const answer = await client.get({ signal, timeoutMs: patience.begin() });
    const jpegs = reader.read(answer, signal);
    yield* fps === undefined ? jpegs : thin(jpegs, fps);
    if (reader.count === 1) return patience.succeed();
  } catch (error) {
    if (signal.aborted) return 0;
    if (error instanceof Refusal && error.mayWantPassword && client.mayTryAgain()) return 0;
    if (reader.count > 1) throw error;
    const waitMs = patience.fail(error);
    dropped(error instanceof Error ? error.message : String(error));
    return waitMs;
  }
  throw new Error(`${client.name} ended the stream`);
}
