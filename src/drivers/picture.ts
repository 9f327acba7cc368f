import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { pause } from "../core/abort.ts";
import { SetupError } from "../core/errors.ts";
import { flag, text } from "../core/values.ts";
import { toJpeg } from "../jpeg/convert.ts";
import { defineDriver } from "./driver.ts";
import { isMissing } from "./process.ts";

/** How often the file is looked at, in milliseconds. Polling, since file events are missed on network and overlay file systems. */
const POLL_MS = 200;

/** An unchanged picture is given again this often, in milliseconds: it was looked at, and is what there is now. */
const REFRESH_MS = 1000;

/** How long the file may be wrong or absent before the camera counts as failed, in milliseconds. */
const PATIENCE_MS = 5000;

/** What a folder's pictures are called: the formats of sharp's prebuilt library (https://sharp.pixelplumbing.com/), and BMP. */
const PICTURE_NAME = /^[^.].*\.(jpe?g|png|webp|gif|avif|tiff?|svg|bmp)$/i;

/** A file that another program rewrites, or the newest picture in a folder. */
export const picture = defineDriver({
  summary: "a picture file that something rewrites, or the newest picture in a folder",
  address: "FILE or FOLDER",
  options: z.strictObject({
    address: text("a picture file or a folder").describe("the file or folder to show"),
    wait: flag().prefault(false).describe("start although the file is not there yet"),
  }),
  async check({ address, wait }) {
    const found = await stat(address).catch(() => undefined);
    if (found !== undefined || wait) return;
    const what = `there is no file or folder at ${JSON.stringify(address)}`;
    throw new SetupError(`${what}; give one that is there, or add #wait=true if it is yet to be written`, 2);
  },
  async *open({ address, wait }, { signal, dropped }) {
    let shown: Version | undefined;
    let jpeg: Uint8Array | undefined;
    let goodAt = performance.now();
    let yieldedAt = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      const startedAt = performance.now();
      try {
        const version = await newestVersion(address);
        if (version.id !== shown?.id) {
          jpeg = await toJpeg(await readFile(version.path), { isLocal: true, signal });
          shown = version;
          yieldedAt = Number.NEGATIVE_INFINITY;
        }
        goodAt = performance.now();
      } catch (error) {
        const why = isMissing(error) ? "it is not there" : (error as Error).message;
        if ((jpeg === undefined && !wait) || startedAt - goodAt > PATIENCE_MS)
          throw new Error(`Cannot read ${address}: ${why}`);
        // Caught in the middle of being written, most likely: keep the last good one and look again.
        if (shown !== undefined && !isMissing(error)) dropped(`${address}: ${why}`);
        shown = undefined;
      }
      if (jpeg !== undefined && shown !== undefined && performance.now() - yieldedAt >= REFRESH_MS) {
        yieldedAt = performance.now();
        yield jpeg;
      }
      // A folder of a million files takes long to look through: then it is looked through less often.
      await pause(Math.max(POLL_MS, (performance.now() - startedAt) * 3), signal);
    }
  },
});

interface Version {
  readonly path: string;
  /** Differs whenever the file was written or replaced. */
  readonly id: string;
}

async function newestVersion(address: string): Promise<Version> {
  const found = await stat(address, { bigint: true });
  if (!found.isDirectory()) return { path: address, id: `${found.ino} ${found.mtimeNs} ${found.size}` };
  const names = (await readdir(address)).filter((name) => PICTURE_NAME.test(name)).sort();
  let newest: (Version & { mtimeNs: bigint }) | undefined;
  for (const name of names) {
    const path = join(address, name);
    const file = await stat(path, { bigint: true }).catch(() => undefined);
    // Equally new files: the last by name, as cameras number them.
    if (file?.isFile() && (newest === undefined || file.mtimeNs >= newest.mtimeNs)) {
      newest = { path, id: `${path} ${file.ino} ${file.mtimeNs} ${file.size}`, mtimeNs: file.mtimeNs };
    }
  }
  if (newest === undefined) throw new Error("there is no picture in this folder");
  return newest;
}
