// @ts-check

/** @typedef {import("./status.js").CameraStatus} CameraStatus */

/**
 * @typedef {object} Seen What the page knows about a picture.
 * @property {CameraStatus | undefined} camera The server's last answer.
 * @property {boolean} reachable Whether the server answers in time.
 * @property {boolean} connected Whether pictures are on their way to this page.
 * @property {boolean} again Whether they were before.
 * @property {boolean} card Whether what it shows is the server's card, which says in the picture what is wrong.
 * @property {number} sinceMs Milliseconds since the last answer.
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

/**
 * @param {Seen} seen
 * @returns {Omit<Description, "card" | "stale">}
 */
function describeState({ camera, reachable, connected, again, card, sinceMs }) {
  const connecting = again ? "reconnecting" : "connecting";
  const ageMs = typeof camera?.ageMs === "number" ? camera.ageMs + (reachable ? 0 : sinceMs) : undefined;
  const old = ageMs === undefined ? "" : `${age(ageMs)} old`;

  if (!reachable) {
    return { mood: "waiting", state: "reconnecting", numbers: old, notice: "The server does not answer." };
  }
  if (camera === undefined) return { mood: "waiting", state: connecting, numbers: "", notice: "" };
  if (camera.state === "retrying") {
    const notice = `${camera.lastError?.message ?? ""}\nTrying the camera again.`.trim();
    return { mood: "offline", state: "offline", numbers: old, notice };
  }
  if (!connected) return { mood: "waiting", state: connecting, numbers: "", notice: "" };
  if (camera.waitingFor) return { mood: "offline", state: "offline", numbers: old, notice: camera.waitingFor };
  if (camera.state !== "live") {
    return { mood: "waiting", state: camera.state === "starting" ? "starting" : connecting, numbers: old, notice: "" };
  }
  if (card || ageMs === undefined || ageMs > usualMs(camera.fps)) {
    return { mood: "waiting", state: "stalled", numbers: old, notice: "No new picture from the camera." };
  }
  return { mood: "live", state: "live", numbers: `${rate(camera.fps)} · ${age(ageMs)}`, notice: "" };
}

/** A camera of one frame a second is not late after two. @param {number} fps */
function usualMs(fps) {
  return fps > 0 ? Math.max(2000, 2500 / fps) : 2000;
}

/** @param {number} fps */
function rate(fps) {
  return `${fps < 9.95 ? Number(fps.toFixed(1)) : Math.round(fps)} fps`;
}

/** @param {number} ms */
function age(ms) {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
