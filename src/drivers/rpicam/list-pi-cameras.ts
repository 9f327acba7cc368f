import { findProgram, readProgram } from "../../util/process/child-process.ts";

/** The second until Raspberry Pi OS Bookworm. */
const NAMES = ["rpicam-vid", "libcamera-vid"] as const;

export const LIST_TIMEOUT_MS = 8000;

export interface PiCamera {
  readonly index: number;
  /** Such as `imx219`. */
  readonly sensor: string;
  /** Tells its connector. */
  readonly id: string;
  /** Each size once, with the highest rate. */
  readonly modes: readonly PiMode[];
  readonly camera: string;
}

interface PiMode {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

export async function findPiProgram(): Promise<string | undefined> {
  return (await findProgram(NAMES))?.name;
}

/** Returns none if the program is missing or fails. */
export async function listPiCameras(signal = AbortSignal.timeout(LIST_TIMEOUT_MS)): Promise<PiCamera[]> {
  const program = await findPiProgram();
  if (program === undefined || signal.aborted) return [];
  return parsePiCameras(await readProgram(program, ["--list-cameras"], { signal }).catch(() => ""));
}

/**
 * Parses `--list-cameras`
 * (https://www.raspberrypi.com/documentation/computers/camera_software.html#list-cameras;
 * rpicam-apps, core/options.cpp): `INDEX : SENSOR [WxH …] (ID)`, then modes, `'FORMAT' : WxH [FPS
 * fps - …]`, the format on the first line of each.
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

function addMode(modes: PiMode[], mode: PiMode): void {
  const index = modes.findIndex(({ width, height }) => width === mode.width && height === mode.height);
  const known = modes[index];
  if (known === undefined) modes.push(mode);
  else if (known.fps < mode.fps) modes[index] = mode;
}
