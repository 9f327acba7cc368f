import { join } from "node:path";
import type { TestContext } from "node:test";
import sharp from "sharp";
import type { Camera } from "../../../src/core/camera.ts";
import type { CameraReport } from "../../../src/http/routes/status.ts";
import { pause } from "../../../src/util/abort.ts";
import { ROOT } from "../paths.ts";
import { testCamera } from "../serve.ts";

const FRONT = join(ROOT, "public", "fake", "1.jpg");

/** The picture of each, of 640 × 480. */
const SIXTEENTH = await sharp(FRONT).resize(640, 480, { fit: "cover" }).jpeg({ quality: 80 }).toBuffer();

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

/** How many pictures of each the one who watches has been sent: what a page has painted it acknowledges, and gets more for. */
export async function framesSent(url: string): Promise<number[]> {
  const { cameras } = (await (await fetch(`${url}/api/cameras`)).json()) as { cameras: CameraReport[] };
  return cameras.map(({ viewers }) => (viewers[0]?.bytes ?? 0) / SIXTEENTH.length);
}
