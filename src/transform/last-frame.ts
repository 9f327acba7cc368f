import type { Camera } from "../core/camera.ts";
import type { Frame } from "../core/frame.ts";
import type { Purpose } from "./encoders.ts";
import type { VariantSpec } from "./transform-spec.ts";
import type { Variants } from "./variants.ts";

/**
 * Gives the last picture there ever was of a camera, as a spec has it: for a placeholder to be drawn on. Null before the first;
 * the camera's own where it cannot be changed so. It is encoded once, and only if nothing of it needs no encode.
 */
export function lastFrameOf(
  camera: Camera,
  variants: Variants,
  spec: VariantSpec,
  purpose?: Purpose,
): () => Promise<Frame | null> {
  let seq: number | undefined;
  let last: Promise<Frame | null> = Promise.resolve(null);
  return () => {
    const frame = camera.lastFrame;
    if (frame !== null && frame.seq !== seq) {
      seq = frame.seq;
      last = variants.encode(spec, frame, { purpose }).catch(() => frame);
    }
    return last;
  };
}
