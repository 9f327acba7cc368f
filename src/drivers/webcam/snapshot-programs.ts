import { stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { findProgram } from "../../util/process/child-process.ts";
import { type CaptureRequest, requestedSize } from "./ffmpeg.ts";

/** Where node-webcam knows a program, by the names of `process.platform`. */
export type SnapshotPlatform = "linux" | "darwin" | "win32";

/** What node-webcam is to do. All of it but the platform becomes part of a shell's command line. */
export interface SnapshotJob {
  readonly platform: SnapshotPlatform;
  /** How its command line begins, where not as the library has it. */
  readonly bin?: string;
  readonly options: Readonly<Record<string, string | number>>;
}

/** A program that takes pictures for node-webcam, one each time it is run. */
export interface SnapshotProgram {
  readonly name: string;
  /** What it is started by without a shell. */
  readonly path: string;
  /** How a shell's command line for it begins, where not as the library has it. */
  readonly bin?: string;
}

interface Kind {
  readonly name: string;
  readonly howToInstall: string;
  /** Options of the driver that it, or who turns its pictures into JPEGs, knows. */
  readonly knows: readonly string[];
  /** What it writes. */
  readonly output: "jpeg" | "bmp";
  /** What a device may look like where the library puts it into the command line, and that in words. */
  readonly device: RegExp;
  readonly deviceRule: string;
  readonly options: (wanted: CaptureRequest) => Readonly<Record<string, number>>;
}

/**
 * How many pictures fswebcam passes over before it keeps one, since cameras give bad or dark ones first (fswebcam(1),
 * --skip). More would cost rate.
 */
const SKIPPED = 3;

/**
 * How long the others let a camera adjust to the light, in seconds. node-webcam takes no less for imagesnap, whose pictures
 * are dark below 0.7 s (https://github.com/binx/WiFiDiary/pull/3).
 */
const DELAY_S = 1;

const KINDS: Readonly<Record<SnapshotPlatform, Kind>> = {
  linux: {
    name: "fswebcam",
    howToInstall: "on Debian, Ubuntu and Raspberry Pi OS run `sudo apt install ffmpeg`",
    knows: ["width", "height", "quality"],
    output: "jpeg",
    // No colon either: fswebcam takes what is before one for the kind of source (fswebcam(1), --device).
    device: /^(?!.*\.\.)\/dev\/[\w.+@-]+(\/[\w.+@-]+)*$/,
    deviceRule: "a path in /dev of letters, digits and _.+@-",
    options(wanted) {
      const size = requestedSize(wanted) ?? { width: 1280, height: 720 };
      // fswebcam(1) names 95 as the best quality, and 100 is better (twice the bytes, fswebcam 20140113).
      return { ...size, quality: wanted.quality, skip: SKIPPED };
    },
  },
  darwin: {
    name: "imagesnap",
    howToInstall: "run `brew install ffmpeg`",
    knows: [],
    output: "jpeg",
    // The library puts it between single quotes.
    device: /^[\p{L}\p{N}][\p{L}\p{N} _.,&+()@-]{0,200}$/u,
    deviceRule: "a camera's name of letters, digits, spaces and _.,&+()@-, or a part of it",
    options: () => ({ delay: DELAY_S }),
  },
  win32: {
    name: "CommandCam",
    howToInstall: "run `winget install ffmpeg`",
    knows: ["quality"],
    output: "bmp",
    device: /^\d{1,3}$/,
    deviceRule: "a camera's number",
    options: () => ({ delay: DELAY_S }),
  },
};

export function isSnapshotPlatform(platform: string): platform is SnapshotPlatform {
  return Object.hasOwn(KINDS, platform);
}

/** The program for a platform, where it and node-webcam are installed. */
export async function findSnapshotProgram(platform: SnapshotPlatform): Promise<SnapshotProgram | undefined> {
  const library = libraryFolder();
  if (library === undefined) return undefined;
  const { name } = KINDS[platform];
  if (platform === "win32") {
    // The library brings its own, which its install script fetches: that may have been kept from it, or have failed.
    const path = join(library, "src", "bindings", "CommandCam", "CommandCam.exe");
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && found.size > 0 && !/["%$`]/.test(path)) return { name, path };
  }
  const found = await findProgram([name]);
  // The program is to take the shell's place, so that who started the shell learns of the program's end.
  return found && { name, path: found.path, bin: platform === "win32" ? name : `exec ${name}` };
}

function libraryFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve("node-webcam"));
  } catch {
    return undefined;
  }
}

/** Says, as the end of a sentence, what to install where there is no way to a camera. */
export function whatToInstall(platform: SnapshotPlatform): string {
  const { name, howToInstall } = KINDS[platform];
  return `neither ffmpeg nor ${name} is installed: ${howToInstall}`;
}

/** Which of the driver's options, by name, a platform's program knows. */
export function knownOptions(platform: SnapshotPlatform): readonly string[] {
  return KINDS[platform].knows;
}

/** What a platform's program writes. */
export function outputOf(platform: SnapshotPlatform): "jpeg" | "bmp" {
  return KINDS[platform].output;
}

/**
 * What node-webcam is to be told. Throws, before the library sees any of it, when something is not plainly a device or a
 * number: the library's command line is run by a shell.
 */
export function snapshotJob(
  platform: SnapshotPlatform,
  { bin }: Pick<SnapshotProgram, "bin">,
  device: string | undefined,
  wanted: CaptureRequest,
): SnapshotJob {
  const kind = KINDS[platform];
  if (device !== undefined && !kind.device.test(device)) {
    throw new Error(`${kind.name} takes only ${kind.deviceRule}, got ${JSON.stringify(device)}`);
  }
  const numbers = kind.options(wanted);
  for (const [name, value] of Object.entries(numbers)) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new Error(`${kind.name} takes only a whole number for ${name}, got ${JSON.stringify(value)}`);
  }
  const options = { ...numbers, output: kind.output, ...(device === undefined ? {} : { device }) };
  return { platform, ...(bin === undefined ? {} : { bin }), options };
}
