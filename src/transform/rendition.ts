import type { Camera } from "../core/camera.ts";
import type { Frame, FrameBroadcast } from "../core/frame.ts";
import type { Purpose } from "./encoders.ts";
import type { VariantSpec } from "./transform-spec.ts";
import type { Variants } from "./variants.ts";

export interface Rendition {
  readonly camera: Camera;
  /** The camera itself if the spec changes nothing. */
  readonly source: FrameBroadcast;
  /** Null before the first frame. */
  readonly lastFrame: () => Promise<Frame | null>;
}

/**
 * Returns what shows a camera as `spec` asks.
 * @throws VariantLimitError if too many transforms are in use for `purpose`.
 */
export function renditionOf(camera: Camera, variants: Variants, spec: VariantSpec, purpose?: Purpose): Rendition {
  return {
    camera,
    source: variants.of(spec, purpose),
    lastFrame: lastFrameOf(camera, variants, spec, purpose),
  };
}

/** Gives the camera's last frame as a spec has it; its own frame if the transform fails. */
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
