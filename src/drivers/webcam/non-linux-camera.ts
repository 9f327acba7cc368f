import type { DriverContext } from "../../core/camera-options.ts";
import { matching } from "../../options/option-types.ts";
import { SetupError } from "../../util/errors.ts";
import { SharedCaptures } from "../shared-captures.ts";
import { avfoundation, type CaptureRequest, directShow, hasFfmpeg } from "./ffmpeg.ts";
import { findSnapshotProgram, type SnapshotPlatform, whatToInstall } from "./snapshot-programs.ts";
import { snapshots } from "./snapshots.ts";

/** Where V4L2 is not, and there is a way to cameras all the same. */
export type NonLinuxPlatform = Exclude<SnapshotPlatform, "linux">;

/** What an address may be there: a camera's number or name, without what ffmpeg or a shell would take for more. */
export const nonLinuxAddress = matching(
  /^[\p{L}\p{N}][\p{L}\p{N} _.,&+()@-]{0,200}$/u,
  "a camera's number or name, of letters, digits, spaces and _.,&+()@-",
);

/** Cameras that are open: they give pictures to one process, so a second one of ours shares it. */
const captures = new SharedCaptures();

/**
 * Pictures of a camera under macOS or Windows: through ffmpeg, or by snapshots where it is not installed. `given` names the
 * driver's options that were.
 */
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

/** Throws a SetupError that says what to install, where no program is that gives a camera's pictures. */
export async function requireProgram(platform: SnapshotPlatform): Promise<void> {
  if ((await hasFfmpeg()) || (await findSnapshotProgram(platform)) !== undefined) return;
  throw new SetupError(whatToInstall(platform));
}
