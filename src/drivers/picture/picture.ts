import { z } from "zod";
import type { DriverContext } from "../../core/camera-options.ts";
import { toJpeg } from "../../jpeg/convert/convert.ts";
import { flag, text } from "../../options/option-types.ts";
import { pause } from "../../util/abort.ts";
import { SetupError } from "../../util/errors.ts";
import { isMissing } from "../../util/process/child-process.ts";
import { defineDriver } from "../driver.ts";
import { fileReader, HangingFileError } from "./file-reader.ts";

/** Network and overlay file systems miss file events. */
const POLL_MS = 200;

/** Shows that an unchanged image was checked. */
const REFRESH_MS = 1000;

const PATIENCE_MS = 5000;

export const picture = defineDriver({
  summary: "an image file that is rewritten, or the newest image in a folder and those below it",
  address: "FILE or FOLDER",
  options: z.strictObject({
    address: text("an image file or a folder").describe("file or folder to show"),
    wait: flag().prefault(false).describe("start before the file exists"),
  }),
  async check({ address, wait }) {
    // Its disk may answer later.
    const found = await fileReader.ask({ ask: "kind", path: address }).catch(() => undefined);
    if (wait || found?.kind !== "missing") return;
    const what = `there is no file or folder at ${JSON.stringify(address)}`;
    throw new SetupError(`${what}. Check the path, or add #wait=true if the file comes later.`, 2);
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

/** Yields undefined while the image is missing or broken. */
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
    await pause(Math.max(POLL_MS, seen.searchMs * 3), signal);
  }
}

interface GoodImage {
  readonly id: string | undefined;
  readonly jpeg?: Uint8Array;
  readonly searchMs: number;
}

interface BadImage {
  readonly trouble: string;
  readonly name: string;
  readonly image: string | undefined;
  readonly isMissing: boolean;
  readonly isHanging: boolean;
  readonly searchMs: number;
}

class ImageSource {
  readonly #address: string;
  readonly #context: Pick<DriverContext, "signal" | "dropped">;
  #shown: string | undefined;
  /** May be half uploaded, for a moment or for good. */
  #broken: string | undefined;
  #brokenName = "";

  constructor(address: string, context: Pick<DriverContext, "signal" | "dropped">) {
    this.#address = address;
    this.#context = context;
  }

  /** Never throws. */
  async poll(): Promise<GoodImage | BadImage> {
    const seen = await this.#find();
    if (this.#context.signal.aborted) return seen;
    if ("trouble" in seen && seen.image !== undefined && seen.image !== this.#broken) {
      if (seen.name !== this.#brokenName) this.#context.dropped(`${seen.name}: ${seen.trouble}`);
      this.#broken = seen.image;
      this.#brokenName = seen.name;
      return await this.#find();
    }
    return seen;
  }

  async #find(): Promise<GoodImage | BadImage> {
    const seen = await this.#ask();
    const isGood = !("trouble" in seen);
    if (!isGood && this.#shown !== undefined && this.#isDropped(seen)) {
      this.#context.dropped(`${seen.name}: ${seen.trouble}`);
    }
    this.#shown = isGood ? seen.id : undefined;
    return seen;
  }

  #isDropped({ image, isMissing, isHanging }: BadImage): boolean {
    return image === undefined && !isMissing && !isHanging && !this.#context.signal.aborted;
  }

  async #ask(): Promise<GoodImage | BadImage> {
    const { signal } = this.#context;
    let [name, searchMs] = [this.#address, 0];
    let image: string | undefined;
    try {
      const question = { ask: "image", path: this.#address, id: this.#shown, broken: this.#broken } as const;
      const found = await fileReader.ask(question, signal);
      ({ name, searchMs } = found);
      if (found.bytes === undefined) return { searchMs, id: found.id };
      image = found.isInFolder ? found.id : undefined;
      return { searchMs, id: found.id, jpeg: await toJpeg(found.bytes, { isLocal: true, mayBreakOff: true, signal }) };
    } catch (error) {
      const trouble = isMissing(error) ? "there is no such file or folder" : (error as Error).message;
      const isHanging = error instanceof HangingFileError;
      return { searchMs, trouble, name, image, isMissing: isMissing(error), isHanging };
    }
  }
}
