import { stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { findProgram } from "../../util/process/child-process.ts";
import { type CaptureRequest, requestedSize } from "./ffmpeg.ts";

export type SnapshotPlatform = "linux" | "darwin" | "win32";

/** Becomes part of a shell's command line. */
export interface SnapshotJob {
  readonly platform: SnapshotPlatform;
  readonly bin?: string;
  readonly options: Readonly<Record<string, string | number>>;
}

export interface SnapshotProgram {
  readonly name: string;
  readonly path: string;
  readonly bin?: string;
}

interface Kind {
  readonly name: string;
  readonly howToInstall: string;
  readonly knows: readonly string[];
  readonly output: "jpeg" | "bmp";
  /** Safe in the library's command line. */
  readonly device: RegExp;
  readonly deviceRule: string;
  readonly options: (wanted: CaptureRequest) => Readonly<Record<string, number>>;
}

/** Cameras give bad or dark ones first (fswebcam(1), --skip). */
const SKIPPED = 3;

/**
 * For light to settle. node-webcam takes no less for imagesnap, whose images are dark below 0.7 s
 * (https://github.com/binx/WiFiDiary/pull/3).
 */
const DELAY_S = 1;

const KINDS: Readonly<Record<SnapshotPlatform, Kind>> = {
  linux: {
    name: "fswebcam",
    howToInstall: "on Debian, Ubuntu and Raspberry Pi OS run `sudo apt install ffmpeg`",
    knows: ["width", "height", "quality"],
    output: "jpeg",
    // A colon would separate the kind of source (fswebcam(1), --device).
    device: /^(?!.*\.\.)\/dev\/[\w.+@-]+(\/[\w.+@-]+)*$/,
    deviceRule: "a path in /dev of letters, digits and _.+@-",
    options(wanted) {
      const size = requestedSize(wanted) ?? { width: 1280, height: 720 };
      // fswebcam(1) calls 95 best, but 100 is better (twice the bytes, fswebcam 20140113).
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

export async function findSnapshotProgram(platform: SnapshotPlatform): Promise<SnapshotProgram | undefined> {
  const library = libraryFolder();
  if (library === undefined) return undefined;
  const { name } = KINDS[platform];
  if (platform === "win32") {
    // The library's install script may have been blocked.
    const path = join(library, "src", "bindings", "CommandCam", "CommandCam.exe");
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && found.size > 0 && !/["%$`]/.test(path)) return { name, path };
  }
  const found = await findProgram([name]);
  // Replaces the shell, so its parent learns of the program's end.
  return found && { name, path: found.path, bin: platform === "win32" ? name : `exec ${name}` };
}

function libraryFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve("node-webcam"));
  } catch {
    return undefined;
  }
}

/** Returns the end of a sentence. */
export function whatToInstall(platform: SnapshotPlatform): string {
  const { name, howToInstall } = KINDS[platform];
  return `neither ffmpeg nor ${name} is installed: ${howToInstall}`;
}

export function knownOptions(platform: SnapshotPlatform): readonly string[] {
  return KINDS[platform].knows;
}

export function outputOf(platform: SnapshotPlatform): "jpeg" | "bmp" {
  return KINDS[platform].output;
}

/**
 * Returns node-webcam's job. Throws for anything but a plain device or number: a shell runs the
 * command line.
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
