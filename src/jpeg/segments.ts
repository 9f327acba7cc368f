import { isStray, MAX_STEPS, startWalk, step } from "./walk.ts";

export interface Segment {
  readonly code: number;
  readonly from: number;
  readonly to: number;
}

/** Yields whole segments up to the first scan header, as libjpeg finds them. */
export function* segmentsOf(bytes: Buffer): Generator<Segment, void> {
  const walk = startWalk(0);
  for (let steps = 0; steps < MAX_STEPS && walk.firstScanAt === undefined; steps++) {
    const at = walk.position;
    if (step(walk, bytes) !== undefined || walk.position > bytes.length) return;
    if (!isStray(bytes, at) && walk.position >= at + 4) {
      yield { code: bytes[at + 1] as number, from: at + 4, to: walk.position };
    }
  }
}
