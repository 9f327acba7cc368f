import type { CameraStatus } from "./camera-status.ts";
import { type Seen, usualMs } from "./describe.ts";
import { type Moment, since } from "./elapsed.ts";
import type { TileReport } from "./engine/tile.ts";

/** The engine's last report on a tile. */
export type Painted = { report: TileReport; at: Moment };

/** The server's last status of a camera. */
export type Heard = { camera: CameraStatus; at: Moment };

/**
 * Returns what is known of frames over /live. Reports age by the page's own clock: if the server,
 * the connection or the engine falls silent, the frame's age still grows.
 */
export function seenLive(painted: Painted | undefined, heard: Heard | undefined, reachable: boolean): Seen {
  const report = painted?.report;
  const frameAgeMs = agedBy(report?.ageMs, painted?.at);
  const camera = heard && { ...heard.camera, ageMs: agedBy(heard.camera.ageMs, heard.at) ?? null };
  const intervalMs = report?.intervalMs ?? 0;
  const isRecent = frameAgeMs !== undefined && frameAgeMs < usualMs(camera?.fps ?? 0, intervalMs);
  return {
    camera,
    reachable,
    connected: report?.isFresh === true || isRecent,
    again: (report?.painted ?? 0) > 0,
    card: report?.isPlaceholder === true,
    sinceMs: 0,
    intervalMs,
    ...(frameAgeMs !== undefined && { frameAgeMs }),
    ...(report !== undefined && report.fps > 0 && { paintedFps: report.fps }),
  };
}

function agedBy(ageMs: number | null | undefined, at: Moment | undefined) {
  return typeof ageMs === "number" && at !== undefined ? ageMs + since(at) : undefined;
}

/**
 * Returns what replaces the description if the server refuses a subscription, or all of them.
 *
 * @param notice Empty if it does not.
 */
export function refusedBy(notice: string, state: string = "offline") {
  if (notice === "") return {};
  return { mood: "offline" as const, state, numbers: "", notice, stale: true };
}

/** Returns what the server leaves out for a slow link, in words; empty if nothing. */
export function linkOf(camera: CameraStatus | undefined) {
  if (!camera?.rung) return "";
  const lag = typeof camera.lagMs === "number" ? `, ${Math.round(camera.lagMs)} ms` : "";
  return `reduced for your link (step ${camera.rung}${lag})`;
}
