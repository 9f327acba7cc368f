import type { CameraStatus } from "./camera-status.ts";
import { type Seen, usualMs } from "./describe.ts";
import { type Moment, since } from "./elapsed.ts";
import type { TileReport } from "./engine/tile.ts";

/** The engine's last word on a picture. */
export type Painted = { report: TileReport; at: Moment };

/** The server's last word on its camera. */
export type Heard = { camera: CameraStatus; at: Moment };

/**
 * What is known about a picture that comes over /live. Both words grow old by the page's own clock:
 * whoever falls silent, the server, the connection or the engine, the picture's age goes on.
 */
export function seenLive(painted: Painted | undefined, heard: Heard | undefined, reachable: boolean): Seen {
  const report = painted?.report;
  const pictureAgeMs = agedBy(report?.ageMs, painted?.at);
  const camera = heard && { ...heard.camera, ageMs: agedBy(heard.camera.ageMs, heard.at) ?? null };
  const intervalMs = report?.intervalMs ?? 0;
  const isRecent = pictureAgeMs !== undefined && pictureAgeMs < usualMs(camera?.fps ?? 0, intervalMs);
  return {
    camera,
    reachable,
    connected: report?.isFresh === true || isRecent,
    again: (report?.painted ?? 0) > 0,
    card: report?.isPlaceholder === true,
    sinceMs: 0,
    intervalMs,
    ...(pictureAgeMs !== undefined && { pictureAgeMs }),
    ...(report !== undefined && report.fps > 0 && { paintedFps: report.fps }),
  };
}

function agedBy(ageMs: number | null | undefined, at: Moment | undefined) {
  return typeof ageMs === "number" && at !== undefined ? ageMs + since(at) : undefined;
}

/**
 * What is to be said in place of all else when the server refuses the subscription, or all of them.
 *
 * @param notice Empty for nothing.
 */
export function refusedBy(notice: string, state: string = "offline") {
  if (notice === "") return {};
  return { mood: "offline" as const, state, numbers: "", notice, stale: true };
}

/** What the server leaves out for the sake of this link, in words; or nothing. */
export function linkOf(camera: CameraStatus | undefined) {
  if (!camera?.rung) return "";
  const lag = typeof camera.lagMs === "number" ? `, ${Math.round(camera.lagMs)} ms` : "";
  return `reduced for your link (step ${camera.rung}${lag})`;
}
