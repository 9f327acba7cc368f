import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";

type Sharp = typeof import("sharp")["default"];

let loading: Promise<Sharp> | undefined;

/** Loads sharp once. @throws the system's error, such as EMFILE; a later call may succeed. */
export function loadSharp(): Promise<Sharp> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<Sharp> {
  reserveDescriptors();
  const { default: sharp } = await import("sharp");
  // No image comes twice, so libvips' cache would be wasted memory.
  sharp.cache(false);
  // One thread an image: `EncodeSlots` limits the images in work.
  sharp.concurrency(1);
  return sharp;
}

/** Measured 2026-11-30, Node 20: sharp 0.35 loads with 10 free descriptors, and not with one. */
const DESCRIPTORS = 32;

/** Node.js keeps a failed import as failed. */
function reserveDescriptors(): void {
  const opened: number[] = [];
  try {
    while (opened.length < DESCRIPTORS) opened.push(openSync(devNull, "r"));
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}
