import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** The folder of the project: compiled tests lie in another, which links to its package.json. */
export const ROOT = dirname(realpathSync(new URL("../../package.json", import.meta.url)));

/** The same as a URL. */
export const ROOT_URL = pathToFileURL(`${ROOT}/`);

/** The built program. */
export const MAIN = join(ROOT, "dist", "main.js");

/** The frames of the fake camera: three real JPEGs, all different. */
export const FAKE_FRAMES = [1, 2, 3].map((number) => join(ROOT, "public", "fake", `${number}.jpg`));

/** A picture of one pixel. */
export const DOT_PNG = join(ROOT, "test", "support", "images", "dot.png");

/** A program that does what its arguments say: writes bytes, hangs, starts others (child.py). */
export const CHILD = peerScript("child.py");

/** Returns the path of a Python script that stands in for a peer of the server or for a program. */
export function peerScript(name: string): string {
  return join(ROOT, "test", "support", "peers", name);
}
