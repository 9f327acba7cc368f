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

/** Below the 10 s after which the camera stalls. */
const SHOT_TIMEOUT_MS = 8000;

/** Twice a BMP of 4K at 32 bits a pixel. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

export interface SnapshotRequest {
  readonly platform: SnapshotPlatform;
  /** A path on Linux, elsewhere a number or name. */
  readonly address: string | undefined;
  readonly wanted: CaptureRequest;
  readonly given: readonly string[];
  /** Such as "the camera gives no JPEGs". */
  readonly why?: string;
}

/**
 * Takes images by node-webcam, one run of a program each: the last way to a camera, at a few fps.
 * Throws, with what to install, if that program is missing.
 */
export async function* snapshots(
  request: SnapshotRequest,
  { signal, note, dropped }: DriverContext,
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
  for await (const file of shots(job, request, program, signal)) {
    const jpeg = await readImage(file, platform, wanted.quality).catch((error) => {
      dropped(`Cannot read what ${program.name} wrote: ${describeError(error)}`);
      return undefined;
    });
    if (jpeg === undefined) continue;
    const now = readHeader(jpeg);
    if (size !== undefined && now !== undefined && (now.width !== size.width || now.height !== size.height)) {
      const nearest = `${now.width}x${now.height}, the nearest it gives to ${size.width}x${size.height}`;
      note?.(`${describeMethod(request, program)}; frames are ${nearest}`);
    }
    size = undefined;
    yield jpeg;
  }
}

async function* shots(
  job: SnapshotJob,
  { platform, address, wanted }: SnapshotRequest,
  { name }: SnapshotProgram,
  signal: AbortSignal,
): AsyncGenerator<string, undefined> {
  const folder = await privateFolder();
  const camera = new SnapshotProcess(job, folder);
  const stop = () => void camera.close();
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    for (let count = 1; !signal.aborted; count++) {
      const startedAt = performance.now();
      // A new name in a private folder: this shot wrote the file.
      const file = `${count}.${outputOf(platform) === "bmp" ? "bmp" : "jpg"}`;
      const path = join(folder, file);
      const complaint = await camera.shoot(file, SHOT_TIMEOUT_MS).catch((error) => {
        throw new Error(`${name} took no image: ${describeError(error)}`, { cause: error });
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
  // Mode 0700 (https://nodejs.org/api/fs.html#fspromisesmkdtempprefix-options).
  return await mkdtemp(resolve(tmpdir(), "stillstream-")).catch((error: NodeJS.ErrnoException) => {
    const why = `no folder can be created in ${tmpdir()} (${error.code})`;
    throw new Error(`Cannot take snapshots: ${why}. Set TMPDIR to a folder that can be written to.`);
  });
}

async function readImage(path: string, platform: SnapshotPlatform, quality: number): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > MAX_FILE_BYTES) throw new Error(`it has ${size} bytes, more than ${MAX_FILE_BYTES}`);
  const bytes = await readFile(path);
  const output = outputOf(platform);
  const isExpected = output === "bmp" ? isBmp(bytes) : bytes[0] === 0xff && bytes[1] === 0xd8;
  if (!isExpected) throw new Error(`it is not a ${output.toUpperCase()}`);
  return await toJpeg(bytes, { quality, mayBreakOff: true });
}

function describeMethod({ platform, address = "0", given, why }: SnapshotRequest, { name }: SnapshotProgram): string {
  const what = platform === "linux" ? address : `camera ${address}`;
  const unknown = given.filter((option) => !knownOptions(platform).includes(option));
  const loss = unknown.length === 0 ? "" : ` and does not support ${unknown.join(", ")}`;
  const reason = ["ffmpeg is not installed", why].filter(Boolean).join(", and ");
  return `${what} through node-webcam snapshots: ${reason}; ${name} takes one image at a time${loss}`;
}

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
  // The report begins with the command.
  const lines = said.split(/[\r\n]+/).map((line) => line.trim());
  const reasons = lines.filter((line) => line !== "" && !line.startsWith("Command failed:"));
  return new Error([`${name} took no image`, ...reasons.slice(0, QUOTED_LINES)].join(": "));
}

const QUOTED_LINES = 4;

/** ECMA-48, SGR: fswebcam writes colors without a terminal, too. */
const COLORS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
