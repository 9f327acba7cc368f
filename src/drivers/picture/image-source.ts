import type { DriverContext } from "../../core/camera-options.ts";
import { toJpeg } from "../../jpeg/convert/convert.ts";
import { isMissing } from "../../util/process/child-process.ts";
import { fileReader, HangingFileError } from "./file-reader.ts";

/** What there is to show. */
export interface GoodImage {
  /** Of the image; undefined while none was found so far. */
  readonly id: string | undefined;
  /** Undefined where it is the same as before. */
  readonly jpeg?: Uint8Array;
  /** How long the search took, in milliseconds. */
  readonly searchMs: number;
}

/** What is wrong with it. */
export interface BadImage {
  readonly trouble: string;
  readonly name: string;
  /** The id of an image in a folder. */
  readonly image: string | undefined;
  readonly isMissing: boolean;
  readonly isHanging: boolean;
  readonly searchMs: number;
}

/** A file, or a folder, in which the newest image is shown that is whole. */
export class ImageSource {
  readonly #address: string;
  readonly #context: Pick<DriverContext, "signal" | "dropped">;
  /** The image that is shown, by its id. */
  #shown: string | undefined;
  /** The newest in a folder, where it cannot be shown as it is: it may be half uploaded, for a moment or for good. */
  #broken: string | undefined;
  #brokenName = "";

  constructor(address: string, context: Pick<DriverContext, "signal" | "dropped">) {
    this.#address = address;
    this.#context = context;
  }

  /** Looks for another image than the one that was found last. Never throws. */
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
    // Caught in the middle of being written, most likely.
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
      const trouble = isMissing(error) ? "it is not there" : (error as Error).message;
      const isHanging = error instanceof HangingFileError;
      return { searchMs, trouble, name, image, isMissing: isMissing(error), isHanging };
    }
  }
}
