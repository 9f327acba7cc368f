import { findProgram, readProgram } from "../../util/process/child-process.ts";

/** The program's names: that of today, and the one it had before Raspberry Pi OS Bookworm renamed it. */
const NAMES = ["rpicam-vid", "libcamera-vid"] as const;

/** How long a look for cameras may take, in milliseconds. */
export const LIST_TIMEOUT_MS = 8000;

/** A camera on the Raspberry Pi's own connector. */
export interface PiCamera {
  /** What the programs call it: a number. */
  readonly index: number;
  /** Its sensor, such as `imx219`. */
  readonly sensor: string;
  /** libcamera's name of it, which says where it is connected. */
  readonly id: string;
  /** What the sensor is read at, each size once, with the most pictures a second. */
  readonly modes: readonly PiMode[];
  /** What to give on the command line. */
  readonly camera: string;
}

interface PiMode {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

/** Which of the two programs is on the PATH; undefined when neither is. */
export async function findPiProgram(): Promise<string | undefined> {
  return (await findProgram(NAMES))?.name;
}

/** The cameras that the Pi's own program sees; none where it is not installed, fails, or `signal` aborts. */
export async function listPiCameras(signal = AbortSignal.timeout(LIST_TIMEOUT_MS)): Promise<PiCamera[]> {
  const program = await findPiProgram();
  if (program === undefined || signal.aborted) return [];
  return parsePiCameras(await readProgram(program, ["--list-cameras"], { signal }).catch(() => ""));
}

/**
 * Reads what `--list-cameras` prints, as
 * https://www.raspberrypi.com/documentation/computers/camera_software.html#list-cameras shows it and rpicam-apps'
 * core/options.cpp writes it: a line `INDEX : SENSOR [WxH …] (ID)` for each camera, then its modes, `'FORMAT' : WxH [FPS
 * fps - …]`, with the format on the first line of each. Exported for its test.
 */
export function parsePiCameras(text: string): PiCamera[] {
  const cameras: (PiCamera & { modes: PiMode[] })[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, index, sensor, id] = /^(\d+) : ([^\s\]]+).* \((.+)\)\s*$/.exec(line) ?? [];
    if (index !== undefined && sensor !== undefined && id !== undefined) {
      cameras.push({ index: Number(index), sensor, id, modes: [], camera: `rpicam:${index}` });
      continue;
    }
    const [, width, height, fps] = /(?:^|\s)(\d+)x(\d+) \[(\d+(?:\.\d+)?) fps/.exec(line) ?? [];
    const modes = cameras.at(-1)?.modes;
    if (fps === undefined || modes === undefined) continue;
    addMode(modes, { width: Number(width), height: Number(height), fps: Number(fps) });
  }
  return cameras;
}

/** The same size comes once for each raw format, which is nothing to who gets JPEGs. */
function addMode(modes: PiMode[], mode: PiMode): void {
  const index = modes.findIndex(({ width, height }) => width === mode.width && height === mode.height);
  const known = modes[index];
  if (known === undefined) modes.push(mode);
  else if (known.fps < mode.fps) modes[index] = mode;
}
