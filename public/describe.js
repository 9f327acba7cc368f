// @ts-check

/** @typedef {import("./status.js").CameraStatus} CameraStatus */

/**
 * @typedef {object} Seen What the page knows about a picture.
 * @property {CameraStatus | undefined} camera The server's last word on it.
 * @property {boolean} reachable Whether the server answers in time.
 * @property {boolean} connected Whether pictures are on their way to this page.
 * @property {boolean} again Whether they were before.
 * @property {boolean} card Whether what it shows is the server's card, which says in the picture what is wrong.
 * @property {number} sinceMs Milliseconds since that word.
 * @property {number} [pictureAgeMs] How old the picture is that is shown, where that is known: the camera may have newer.
 * @property {number} [paintedFps] Pictures shown a second, where that is known.
 *
 * @typedef {object} Description
 * @property {"live" | "waiting" | "offline"} mood
 * @property {string} state
 * @property {string} numbers
 * @property {string} notice What is wrong, or nothing.
 * @property {boolean} card Whether the picture is a card.
 * @property {boolean} stale Whether the picture must not look as if it were true: a card that came just now is.
 */

/**
 * What to say about a picture.
 *
 * @param {Seen} seen
 * @returns {Description}
 */
export function describe(seen) {
  const description = describeState(seen);
  const card = seen.card && description.mood !== "live";
  const isTrueCard = card && seen.reachable && seen.connected;
  return { ...description, card, stale: description.mood !== "live" && !isTrueCard };
}

/** A camera of one frame a second is not late after two. @param {number} fps */
export function usualMs(fps) {
  return fps > 0 ? Math.max(2000, 2500 / fps) : 2000;
}

/** @typedef {Omit<Description, "card" | "stale">} Words */

/**
 * @param {Seen} seen
 * @returns {Words}
 */
function describeState(seen) {
  const { camera, reachable, connected, again } = seen;
  const { ageMs } = agesOf(seen);
  const old = ageMs === undefined ? "" : `${age(ageMs)} old`;
  if (!reachable) {
    return { mood: "waiting", state: "reconnecting", numbers: old, notice: "The server does not answer." };
  }
  if (camera?.state === "retrying") {
    const notice = `${camera.lastError?.message ?? ""}\nTrying the camera again.`.trim();
    return { mood: "offline", state: "offline", numbers: old, notice };
  }
  if (camera === undefined || !connected) {
    return again
      ? { mood: "waiting", state: "reconnecting", numbers: old, notice: "" }
      : { mood: "waiting", state: "connecting", numbers: "", notice: "" };
  }
  if (camera.waitingFor) return { mood: "offline", state: "offline", numbers: old, notice: camera.waitingFor };
  if (camera.state === "starting") return { mood: "waiting", state: "starting", numbers: old, notice: "" };
  if (camera.state === "idle") return { mood: "waiting", state: "connecting", numbers: old, notice: "" };
  return describeLive(camera, seen, old);
}

/**
 * @param {CameraStatus} camera
 * @param {Seen} seen
 * @param {string} old
 * @returns {Words}
 */
function describeLive({ fps }, seen, old) {
  const { ageMs, cameraAgeMs } = agesOf(seen);
  const limitMs = usualMs(fps);
  if (!seen.card && ageMs !== undefined && ageMs <= limitMs) {
    const shown = fps >= 1 ? (seen.paintedFps ?? fps) : fps;
    return { mood: "live", state: "live", numbers: `${rate(shown)}${age(ageMs)}`, notice: "" };
  }
  // The camera may have newer ones.
  const isLate = seen.pictureAgeMs !== undefined && cameraAgeMs !== undefined && cameraAgeMs <= limitMs;
  return isLate
    ? { mood: "waiting", state: "late", numbers: old, notice: "Pictures come late over this connection." }
    : { mood: "waiting", state: "stalled", numbers: old, notice: "No new picture from the camera." };
}

/** @param {Seen} seen */
function agesOf({ camera, reachable, sinceMs, pictureAgeMs }) {
  const cameraAgeMs = typeof camera?.ageMs === "number" ? camera.ageMs + (reachable ? 0 : sinceMs) : undefined;
  return { cameraAgeMs, ageMs: pictureAgeMs ?? cameraAgeMs };
}

/** Of the first picture nobody knows how many there are a second. @param {number} fps */
function rate(fps) {
  return fps > 0 ? `${fps < 9.95 ? Number(fps.toFixed(1)) : Math.round(fps)} fps · ` : "";
}

/** @param {number} ms */
function age(ms) {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
