import type { TestContext } from "node:test";
import sharp from "sharp";
import { pause } from "../../src/core/abort.ts";
import type { Camera } from "../../src/core/camera.ts";
import { testCamera } from "./serve.ts";

const FRONT = new URL("../../public/fake/1.jpg", import.meta.url).pathname;

/** The picture of each, of 640 × 480. */
export const SIXTEENTH = await sharp(FRONT).resize(640, 480, { fit: "cover" }).jpeg({ quality: 80 }).toBuffer();

/** Sixteen cameras of 15 pictures a second. */
export function sixteenCameras(t: TestContext): [Camera, ...Camera[]] {
  return Array.from({ length: 16 }, (_, index) =>
    testCamera(t, {
      name: `c${index + 1}`,
      lingerMs: 1000,
      async *open({ signal }) {
        while (!signal.aborted) {
          yield SIXTEENTH;
          await pause(1000 / 15, signal);
        }
      },
    }),
  ) as [Camera, ...Camera[]];
}
