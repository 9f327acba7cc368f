import { join } from "node:path";
import type { TestContext } from "node:test";
import sharp from "sharp";
import type { Camera } from "../../../src/core/camera.ts";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { pause } from "../../../src/util/abort.ts";
import { ROOT } from "../paths.ts";
import { testCamera } from "../serve.ts";

const FRONT = join(ROOT, "public", "fake", "1.jpg");

/** The frame of each camera, 640 × 480. */
const SIXTEENTH = await sharp(FRONT).resize(640, 480, { fit: "cover" }).jpeg({ quality: 80 }).toBuffer();

/** Makes sixteen cameras of 15 fps. */
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

/**
 * Returns how many frames of each camera the one viewer was sent. A page acknowledges a frame when
 * it has painted it, and gets the next one then.
 */
export async function framesSent(url: string): Promise<number[]> {
  const { cameras } = (await (await fetch(`${url}/api/cameras`)).json()) as { cameras: CameraReport[] };
  return cameras.map(({ viewers }) => (viewers[0]?.bytes ?? 0) / SIXTEENTH.length);
}
