import { lstat, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { DriverContext } from "../../core/camera-options.ts";
import { isBmp } from "../../jpeg/convert/bmp.ts";
import { toJpeg } from "../../jpeg/convert/convert.ts";
import { readHeader } from "../../jpeg/read-header.ts";
import { pause } from "../../util/abort.ts";
import { describeError } from "../../util/errors.ts";
import { explainError } from "../v4l2/explain-error.ts";
import { type CaptureRequest, requestedSize } from "./ffmpeg.ts";
import { findDevice } from "./snapshot-devices.ts";
import { SnapshotProcess } from "./snapshot-process.ts";
import {
  findSnapshotProgram,
  knownOptions,
  outputOf,
  type SnapshotJob,
  type SnapshotPlatform,
  type SnapshotProgram,
  snapshotJob,
  whatToInstall,
} from "./snapshot-programs.ts";

/**
 * How long a picture may take, in milliseconds. It is to fail before the camera counts as stalled, which is after 10 s, so
 * that people read what failed.
 */
const SHOT_TIMEOUT_MS = 8000;

/** 64 MB: twice a BMP of 4K at 32 bits a pixel. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

export interface SnapshotRequest {
  readonly platform: SnapshotPlatform;
  /** On Linux the path of a device, elsewhere the number or name of a camera; the first by default. */
  readonly address: string | undefined;
  /** What is wished for; `fps` is how many pictures a second there are at most. */
  readonly wanted: CaptureRequest;
  /** Names of the driver's options that were given. */
  readonly given: readonly string[];
  /** Why ffmpeg would be needed, where people may wonder, as in "the camera gives no JPEGs". */
  readonly why?: string;
}

/**
 * Pictures taken one at a time, each by a program that node-webcam runs anew: the last way to a camera, at a few a second
 * at most. Throws, saying what to install, where that program is missing.
 *
 * The library makes a shell's command line of what it is told. So nothing reaches it that is not plainly a device or a
 * number; it runs in a process of its own, in a folder that nobody else can enter, which is removed with what is in it.
 */
export async function* snapshots(
  request: SnapshotRequest,
  { signal, note, dropped }: DriverContext,
  { timeoutMs = SHOT_TIMEOUT_MS } = {},
): AsyncGenerator<Uint8Array, undefined> {
  const { platform, address, wanted, why } = request;
  if (signal.aborted) return;
  const program = await findSnapshotProgram(platform);
  if (program === undefined) throw new Error([why, whatToInstall(platform)].filter(Boolean).join(", and "));
  const device = await findDevice(platform, program, address, signal).catch((error) => {
    if (!signal.aborted) throw error;
    return undefined;
  });
  if (signal.aborted) return;
  const job = snapshotJob(platform, program, device, wanted);
  note?.(describeMethod(request, program));
  let size = requestedSize(wanted);
  for await (const file of shots(job, request, program, signal, timeoutMs)) {
    const jpeg = await readImage(file, platform, wanted.quality).catch((error) => {
      dropped(`What ${program.name} wrote is no picture to show: ${describeError(error)}`);
      return undefined;
    });
    if (jpeg === undefined) continue;
    const now = readHeader(jpeg);
    if (size !== undefined && now !== undefined && (now.width !== size.width || now.height !== size.height)) {
      const nearest = `${now.width}x${now.height}, the nearest it gives to ${size.width}x${size.height}`;
      note?.(`${describeMethod(request, program)}; pictures are ${nearest}`);
    }
    size = undefined;
    yield jpeg;
  }
}

/** Paths of files, each just written and gone when the next is asked for. */
async function* shots(
  job: SnapshotJob,
  { platform, address, wanted }: SnapshotRequest,
  { name }: SnapshotProgram,
  signal: AbortSignal,
  timeoutMs: number,
): AsyncGenerator<string, undefined> {
  const folder = await privateFolder();
  const camera = new SnapshotProcess(job, folder);
  const stop = () => void camera.close();
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    for (let count = 1; !signal.aborted; count++) {
      const startedAt = performance.now();
      // A name of its own, in a folder of our own: what stands under it, this shot wrote.
      const file = `${count}.${outputOf(platform) === "bmp" ? "bmp" : "jpg"}`;
      const path = join(folder, file);
      const complaint = await camera.shoot(file, timeoutMs).catch((error) => {
        throw new Error(`${name} took no picture: ${describeError(error)}`, { cause: error });
      });
      const found = await lstat(path).catch(() => undefined);
      if (!found?.isFile()) throw await failure(complaint, platform, name, address);
      yield path;
      await rm(path);
      await pause(wanted.fps === undefined ? 0 : 1000 / wanted.fps - (performance.now() - startedAt), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    await camera.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function privateFolder(): Promise<string> {
  // Only its owner may enter it (https://nodejs.org/api/fs.html#fspromisesmkdtempprefix-options: mode 0700).
  return await mkdtemp(resolve(tmpdir(), "stillstream-")).catch((error: NodeJS.ErrnoException) => {
    const why = `no folder can be made in ${tmpdir()} (${error.code})`;
    throw new Error(`Snapshots need a private folder, and ${why}; set TMPDIR to one where that can be`);
  });
}

async function readImage(path: string, platform: SnapshotPlatform, quality: number): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > MAX_FILE_BYTES) throw new Error(`it has ${size} bytes, more than ${MAX_FILE_BYTES}`);
  const bytes = await readFile(path);
  const output = outputOf(platform);
  const isExpected = output === "bmp" ? isBmp(bytes) : bytes[0] === 0xff && bytes[1] === 0xd8;
  if (!isExpected) throw new Error(`it is no ${output.toUpperCase()}`);
  return await toJpeg(bytes, { quality, mayBreakOff: true });
}

function describeMethod({ platform, address = "0", given, why }: SnapshotRequest, { name }: SnapshotProgram): string {
  const what = platform === "linux" ? address : `camera ${address}`;
  const unknown = given.filter((option) => !knownOptions(platform).includes(option));
  const loss = unknown.length === 0 ? "" : `, and cannot be told ${unknown.join(", ")}`;
  const reason = ["ffmpeg is not installed", why].filter(Boolean).join(", and ");
  return `${what} through node-webcam snapshots: ${reason}; ${name} takes pictures one at a time${loss}`;
}

/** What programs and the library say, and the code of the system's error behind it. */
const CODES: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/busy/i, "EBUSY"],
  [/permission denied/i, "EACCES"],
  [/no such (file|device)|no webcam found/i, "ENOENT"],
];

async function failure(
  complaint: string,
  platform: SnapshotPlatform,
  name: string,
  address: string | undefined,
): Promise<Error> {
  const said = complaint.replace(COLORS, "");
  const code = CODES.find(([pattern]) => pattern.test(said))?.[1];
  if (platform === "linux" && address !== undefined && code !== undefined) {
    return await explainError(Object.assign(new Error(said), { code }), address, "open");
  }
  // Where a shell's command fails, what the library says of it begins with the command.
  const lines = said.split(/[\r\n]+/).map((line) => line.trim());
  const reasons = lines.filter((line) => line !== "" && !line.startsWith("Command failed:"));
  return new Error([`${name} took no picture`, ...reasons.slice(0, QUOTED_LINES)].join(": "));
}

/** How much of what a program said is told. */
const QUOTED_LINES = 4;

/** Escape sequences for colours (ECMA-48, SGR), which fswebcam writes whether there is a terminal or not. */
const COLORS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
