import type { CameraStatus } from "../camera-status.ts";
import { createPixelCheck } from "./pixel-check.ts";
import type { Player } from "./stream-player.ts";

/** How long a new connection may take to show among the camera's viewers. */
const GRACE_MS = 3000;
const MAX_LAG_MS = 5000;
/** How long a connection may take to bring its first picture once the camera has one. */
const FIRST_PICTURE_MS = 5000;
const QUIET_MS = 1500;
/**
 * A picture newer than this becomes a card in a moment, when its camera has failed: after a second,
 * and seen in the next answer.
 */
const CARD_MS = 3500;
const FIRST_PATIENCE_MS = 5000;
const MAX_PATIENCE_MS = 60_000;

/**
 * Decides when a player must connect again. Browsers fire no event when a stream stalls or its
 * server dies, so this goes by what the server says of its viewers, and by whether the pixels still
 * change.
 */
export function createWatch(player: Player) {
  const pixelsChanged = createPixelCheck(player.picture);
  let reachable = true;
  let missing = 0;
  let frames = 0;
  let hasCard = false;
  /** The camera's frame count when the pixels last changed, and when that was. */
  let seen = { frames: 0, at: performance.now() };
  let patienceMs = FIRST_PATIENCE_MS;
  /** While connecting on a mere suspicion, the page says nothing of it. */
  let quietUntil = 0;

  function judge(lagMs: number, sinceMs: number) {
    if (lagMs > MAX_LAG_MS) player.reconnect();
    else if (player.arrived) player.settle();
    else if (sinceMs > FIRST_PICTURE_MS) player.reconnect();
  }

  return {
    /** How the pictures come: now, before, and whether it is cards that come. */
    delivery: () => ({
      connected: reachable && missing === 0 && (player.arrived || performance.now() < quietUntil),
      again: player.arrivedAt > 0,
      card: hasCard,
    }),

    /** Begins, or begins anew after a stop. */
    start() {
      reachable = true;
      missing = 0;
      player.connect();
    },

    answered(camera: CameraStatus) {
      frames = camera.frames;
      if (!reachable) {
        reachable = true;
        missing = 0;
        return player.connect();
      }
      const viewers = typeof camera.viewers === "number" ? [] : camera.viewers;
      const viewer = viewers.find(({ key }) => key === player.key);
      const isFresh = camera.ageMs !== null && camera.ageMs < CARD_MS;
      hasCard = viewer?.card === true || (camera.state !== "live" && isFresh);
      const sinceMs = performance.now() - player.since;
      if (viewer !== undefined) {
        missing = 0;
        if (camera.state === "live") judge(viewer.lagMs, sinceMs);
      } else if (sinceMs > GRACE_MS) {
        missing += 1;
        if (missing % 2 === 0) player.reconnect();
      }
    },

    failed() {
      reachable = false;
    },

    /** To be called about once a second. */
    async look() {
      const now = performance.now();
      player.fit();
      if (!player.arrived) {
        seen = { frames, at: now };
      } else if (await pixelsChanged()) {
        seen = { frames, at: now };
        patienceMs = FIRST_PATIENCE_MS;
      } else if (frames > seen.frames && now - seen.at > patienceMs) {
        // A still scene looks the same, hence the growing patience.
        seen = { frames, at: now };
        patienceMs = Math.min(patienceMs * 2, MAX_PATIENCE_MS);
        quietUntil = now + QUIET_MS;
        player.connect();
      }
    },
  };
}
