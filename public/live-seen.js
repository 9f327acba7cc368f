// @ts-check
import { usualMs } from "./describe.js";
import { since } from "./elapsed.js";

/**
 * @typedef {import("./elapsed.js").Moment} Moment
 * @typedef {import("./status.js").CameraStatus} CameraStatus
 *
 * @typedef {{ report: import("./live-tile.js").TileReport, at: Moment }} Painted The engine's last word on a picture.
 * @typedef {{ camera: CameraStatus, at: Moment }} Heard The server's last word on its camera.
 */

/**
 * What is known about a picture that comes over /live. Both words grow old by the page's own clock: whoever falls silent,
 * the server, the connection or the engine, the picture's age goes on.
 *
 * @param {Painted | undefined} painted
 * @param {Heard | undefined} heard
 * @param {boolean} reachable
 * @returns {import("./describe.js").Seen}
 */
export function seenLive(painted, heard, reachable) {
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
    card: report?.isCard === true,
    sinceMs: 0,
    intervalMs,
    ...(pictureAgeMs !== undefined && { pictureAgeMs }),
    ...(report !== undefined && report.fps > 0 && { paintedFps: report.fps }),
  };
}

/**
 * @param {number | null | undefined} ageMs
 * @param {Moment | undefined} at
 */
function agedBy(ageMs, at) {
  return typeof ageMs === "number" && at !== undefined ? ageMs + since(at) : undefined;
}

/**
 * What is to be said in place of all else when the server refuses the subscription, or all of them.
 *
 * @param {string} notice Empty for nothing.
 * @param {string} [state]
 */
export function refusedBy(notice, state = "offline") {
  if (notice === "") return {};
  return { mood: /** @type {const} */ ("offline"), state, numbers: "", notice, stale: true };
}

/**
 * What the server leaves out for the sake of this link, in words; or nothing.
 *
 * @param {CameraStatus | undefined} camera
 */
export function linkOf(camera) {
  if (!camera?.rung) return "";
  const lag = typeof camera.lagMs === "number" ? `, ${Math.round(camera.lagMs)} ms` : "";
  return `reduced for your link (step ${camera.rung}${lag})`;
}
