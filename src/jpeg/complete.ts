import { loadSharp } from "./load-sharp.ts";
import { repair } from "./repair.ts";

/** Returns whether a JPEG decodes without a warning. Never throws. */
export async function isComplete(jpeg: Uint8Array): Promise<boolean> {
  const found = repair(jpeg);
  if ("reason" in found) return false;
  try {
    const sharp = await loadSharp();
    // The last pixel needs all of the data.
    const last = { left: found.width - 1, top: found.height - 1, width: 1, height: 1 };
    await sharp(found.jpeg, { failOn: "warning" }).extract(last).raw().toBuffer();
    return true;
  } catch {
    return false;
  }
}
