import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The built program. */
export const MAIN = join(ROOT, "dist", "main.js");

/** The frames of the fake camera: three real JPEGs, all different. */
export const FAKE_FRAMES = [1, 2, 3].map((number) => join(ROOT, "public", "fake", `${number}.jpg`));

/** A program that does what its arguments say: writes bytes, hangs, starts others (child.py). */
export const CHILD = peerScript("child.py");

/** Returns the path of a Python script that stands in for a peer of the server or for a program. */
export function peerScript(name: string): string {
  return join(ROOT, "test", "support", "peers", name);
}
