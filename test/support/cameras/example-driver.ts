import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { defineDriver } from "../../../src/drivers/driver.ts";
import { integer, text } from "../../../src/options/option-types.ts";
import { pause } from "../../../src/util/abort.ts";

/** Shows the JPEGs of a folder in turn. */
export const slides = defineDriver({
  summary: "the JPEGs of a folder in turn",
  address: "FOLDER",
  options: z.strictObject({
    address: text("a folder").describe("the folder"),
    fps: integer(1, 60).prefault(1).describe("frames per second"),
  }),
  async *open({ address, fps }, { signal }) {
    const names = (await readdir(address)).filter((name) => name.endsWith(".jpg"));
    for (let turn = 0; !signal.aborted; turn++) {
      const name = names[turn % names.length];
      if (name === undefined) throw new Error(`There is no JPEG in ${address}. Put some there.`);
      yield await readFile(join(address, name));
      await pause(1000 / fps, signal);
    }
  },
});
