import type { DriverContext } from "../../core/camera-options.ts";
import { matching } from "../../options/option-types.ts";
import { SetupError } from "../../util/errors.ts";
import { SharedCaptures } from "../shared-captures.ts";
import { avfoundation, type CaptureRequest, directShow, hasFfmpeg } from "./ffmpeg.ts";
import { findSnapshotProgram, type SnapshotPlatform, whatToInstall } from "./snapshot-programs.ts";
import { snapshots } from "./snapshots.ts";

export type NonLinuxPlatform = Exclude<SnapshotPlatform, "linux">;

/** Matches a number or name, harmless to ffmpeg and shell. */
export const nonLinuxAddress = matching(
  /^[\p{L}\p{N}][\p{L}\p{N} _.,&+()@-]{0,200}$/u,
  "a camera's number or name, of letters, digits, spaces and _.,&+()@-",
);

/** They give frames to one process. */
const captures = new SharedCaptures();

/** Captures a camera; `given` names the given options. */
export async function* nonLinuxCamera(
  platform: NonLinuxPlatform,
  address: string | undefined,
  wanted: CaptureRequest,
  given: readonly string[],
  context: DriverContext,
): AsyncGenerator<Uint8Array, undefined> {
  if (context.signal.aborted) return;
  const byFfmpeg = await hasFfmpeg();
  const open = (shared: DriverContext) => {
    if (!byFfmpeg) return snapshots({ platform, address, wanted, given }, shared);
    return platform === "darwin" ? avfoundation(address, wanted, shared) : directShow(address, wanted, shared);
  };
  yield* captures.share(address ?? "0", open, context);
}

/** @throws SetupError that says what to install */
export async function requireProgram(platform: SnapshotPlatform): Promise<void> {
  if ((await hasFfmpeg()) || (await findSnapshotProgram(platform)) !== undefined) return;
  throw new SetupError(whatToInstall(platform));
}
