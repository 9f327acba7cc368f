/*
 * bare-sharp.mjs FPS SECONDS FILE...: transforms the files in turn with sharp at FPS, the minimum
 * cost of the variant of bench/scenarios/variants.ts. It runs at the rate of the camera, since a
 * core that sleeps between frames takes longer for each. Prints "measuring" when warm, and then
 * {"encodes", "ms"}: their number and mean duration.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";

const WARMUP_S = 2;

const [fps, seconds, ...files] = process.argv.slice(2);
const pictures = files.map((file) => readFileSync(file));
const intervalMs = 1000 / Number(fps);

await encodeFor(WARMUP_S);
process.stdout.write("measuring\n");
process.stdout.write(`${JSON.stringify(await encodeFor(Number(seconds)))}\n`);
// Until its CPU time is read.
await sleep(60_000);

/** @param {number} seconds */
async function encodeFor(seconds) {
  const startedAt = performance.now();
  let encodes = 0;
  let ms = 0;
  while (performance.now() - startedAt < seconds * 1000) {
    const begun = performance.now();
    await sharp(pictures[encodes % pictures.length])
      .resize(640)
      .jpeg({ quality: 70 })
      .toBuffer();
    ms += performance.now() - begun;
    encodes++;
    await sleep(Math.max(0, startedAt + encodes * intervalMs - performance.now()));
  }
  return { encodes, ms: ms / encodes };
}
