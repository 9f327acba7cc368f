import { z } from "zod";
import type { DriverContext } from "../../core/camera-options.ts";
import { flag, text } from "../../options/option-types.ts";
import { pause } from "../../util/abort.ts";
import { SetupError } from "../../util/errors.ts";
import { defineDriver } from "../driver.ts";
import { fileReader } from "./file-reader.ts";
import { ImageSource } from "./image-source.ts";

/** How often the file is looked at, in milliseconds. Polling, since file events are missed on network and overlay file systems. */
const POLL_MS = 200;

/** An unchanged picture is given again this often, in milliseconds: it was looked at, and is what there is now. */
const REFRESH_MS = 1000;

/** How long the file may be wrong or absent before the camera counts as failed, in milliseconds. */
const PATIENCE_MS = 5000;

/** A file that another program rewrites, or the newest picture in a folder. */
export const picture = defineDriver({
  summary: "a picture file that something rewrites, or the newest picture in a folder and those below it",
  address: "FILE or FOLDER",
  options: z.strictObject({
    address: text("a picture file or a folder").describe("the file or folder to show"),
    wait: flag().prefault(false).describe("start although the file is not there yet"),
  }),
  async check({ address, wait }) {
    // One that cannot be looked at is the camera's to report: it may be there once its disk answers.
    const found = await fileReader.ask({ ask: "kind", path: address }).catch(() => undefined);
    if (wait || found?.kind !== "missing") return;
    const what = `there is no file or folder at ${JSON.stringify(address)}`;
    throw new SetupError(`${what}; give one that is there, or add #wait=true if it is yet to be written`, 2);
  },
  async *open(options, context) {
    let last: Uint8Array | undefined;
    let yieldedAt = Number.NEGATIVE_INFINITY;
    for await (const jpeg of polls(options, context)) {
      if (jpeg === undefined || (jpeg === last && performance.now() - yieldedAt < REFRESH_MS)) continue;
      last = jpeg;
      yieldedAt = performance.now();
      yield jpeg;
    }
  },
});

/** Looks again and again, and each time gives what there is to show: undefined while that is missing or wrong. */
async function* polls(
  { address, wait }: { readonly address: string; readonly wait: boolean },
  { signal, dropped }: DriverContext,
): AsyncGenerator<Uint8Array | undefined, undefined> {
  const place = new ImageSource(address, { signal, dropped });
  let jpeg: Uint8Array | undefined;
  let goodAt = performance.now();
  while (true) {
    const startedAt = performance.now();
    const seen = await place.poll();
    if (signal.aborted) return;
    const isWrong = "trouble" in seen;
    if (isWrong) {
      const isPatient = (jpeg !== undefined || wait) && startedAt - goodAt <= PATIENCE_MS;
      if (seen.isHanging || !isPatient) throw new Error(`Cannot read ${address}: ${seen.trouble}`);
    } else {
      goodAt = performance.now();
      jpeg = seen.jpeg ?? jpeg;
    }
    yield isWrong || seen.id === undefined ? undefined : jpeg;
    // A folder of a million files takes long to look through: then it is looked through less often.
    await pause(Math.max(POLL_MS, seen.searchMs * 3), signal);
  }
}
