import { loadPackage } from "../util/process/load-package.ts";
import { repair } from "./repair.ts";

/**
 * Whether all of a JPEG's data is there, as decoding it shows: one that breaks off is decoded with a warning. For those
 * that lack their end marker, since sharp is loaded for it. Never throws.
 */
export async function isComplete(jpeg: Uint8Array): Promise<boolean> {
  const found = repair(jpeg);
  if ("reason" in found) return false;
  try {
    const { default: sharp } = await loadPackage(() => import("sharp"));
    // All of its data is read for the last pixel.
    const last = { left: found.width - 1, top: found.height - 1, width: 1, height: 1 };
    await sharp(found.jpeg, { failOn: "warning" }).extract(last).raw().toBuffer();
    return true;
  } catch {
    return false;
  }
}
