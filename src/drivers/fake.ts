import { readFile } from "node:fs/promises";
import { z } from "zod";
import { positive } from "../options/option-types.ts";
import { pause } from "../util/abort.ts";
import { defineDriver } from "./driver.ts";

const IMAGES = [1, 2, 3].map((number) => new URL(`../../public/fake/${number}.jpg`, import.meta.url));

/** The clock chooses the image, so all viewers see the same. */
export const fake = defineDriver({
  summary: "three numbered frames in turn, to try stillstream without a camera",
  options: z.strictObject({
    fps: positive(1000).prefault(1).describe("frames per second"),
  }),
  async *open({ fps }, { signal }) {
    const images = await Promise.all(IMAGES.map((url) => readFile(url)));
    let shown = Number.NaN;
    while (!signal.aborted) {
      const tick = Math.floor((Date.now() / 1000) * fps);
      // A timer may fire 1 ms early.
      if (tick !== shown) yield images.at(tick % images.length) as Buffer;
      shown = tick;
      const untilNextMs = ((tick + 1) / fps) * 1000 - Date.now();
      // The clock may be set back at this moment.
      await pause(Math.max(1, Math.min(untilNextMs, 1000 / fps)), signal);
    }
  },
});
