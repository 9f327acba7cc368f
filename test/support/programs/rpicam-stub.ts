import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FAKE_FRAMES, peerScript } from "../paths.ts";
import { PYTHON } from "../tools.ts";

const SCRIPT = peerScript("rpicam_vid.py");

export interface RpicamFacts {
  /** Its name. @default "rpicam-vid" */
  readonly name?: string;
  /** Connected sensors: imx219 and imx477. @default ["imx219"] */
  readonly cameras?: readonly string[];
  /** Seconds until its first frame. @default 0 */
  readonly slow?: number;
  /** Seconds until its list. @default 0 */
  readonly slowList?: number;
  /**
   * The fault: it ends or falls silent after a number of frames, or another program has the camera.
   */
  readonly fault?: { readonly dies?: number; readonly quiet?: number; readonly busy?: true };
}

/** A program that stands in for rpicam-vid (rpicam_vid.py). */
export interface RpicamStub {
  /** Its folder, for the PATH. */
  readonly folder: string;
  /** Returns the options of each run so far, as the program parsed them. */
  runs(): Record<string, unknown>[];
}

/** Makes the program in its own folder inside `parent`. */
export function rpicamStub(parent: string, { name = "rpicam-vid", ...facts }: RpicamFacts = {}): RpicamStub {
  const folder = mkdtempSync(join(parent, "rpicam-"));
  const log = join(folder, "runs.log");
  writeFileSync(log, "");
  const given = JSON.stringify({ pictures: FAKE_FRAMES, log, ...facts });
  writeFileSync(join(folder, name), `#!/bin/sh\nexec '${PYTHON}' '${SCRIPT}' '${given}' "$@"\n`);
  chmodSync(join(folder, name), 0o755);
  const runs = () => {
    const lines = readFileSync(log, "utf8").split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  return { folder, runs };
}
