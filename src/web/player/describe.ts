import type { CameraStatus } from "./camera-status.ts";

/** What a page knows about a camera's frames. */
export interface Seen {
  /** The server's last status of the camera. */
  camera: CameraStatus | undefined;
  /** Whether the server answers in time. */
  reachable: boolean;
  /** Whether frames are in flight to this page. */
  connected: boolean;
  /** Whether they were before. */
  again: boolean;
  /** Whether it shows the server's placeholder, which says what is wrong. */
  card: boolean;
  /** Since that status. */
  sinceMs: number;
  /** Of the frame that is shown, if known: the camera may have newer ones. */
  frameAgeMs?: number;
  /** Between the last two frames, if known. */
  intervalMs?: number;
  /** Frames shown per second, if known. */
  paintedFps?: number;
}

export interface Description {
  mood: "live" | "waiting" | "offline";
  state: string;
  numbers: string;
  /** What is wrong; empty if nothing. */
  notice: string;
  /** Whether the frame is a placeholder. */
  card: boolean;
  /** Whether the frame must not look current: a placeholder that came just now may. */
  stale: boolean;
}

/** Returns what to say about a camera's frames. */
export function describe(seen: Seen): Description {
  const description = describeState(seen);
  const card = seen.card && description.mood !== "live";
  const isTrueCard = card && seen.reachable && seen.connected;
  return { ...description, card, stale: description.mood !== "live" && !isTrueCard };
}

/**
 * Returns how old a frame may be and still be live: a camera of 1 fps is not late after 2 s. For a
 * camera below 0.2 fps the server counts 0 fps, so its last interval decides.
 */
export function usualMs(fps: number, intervalMs: number = 0) {
  return Math.max(LIVE_MS, 2.5 * (fps > 0 ? 1000 / fps : intervalMs));
}

/** Past this a frame is old, of any camera above 1 fps. */
const LIVE_MS = 2000;

type Words = Omit<Description, "card" | "stale">;

function describeState(seen: Seen): Words {
  const { camera, reachable, connected, again } = seen;
  const { ageMs } = agesOf(seen);
  const old = ageMs === undefined ? "" : `${age(ageMs)} old`;
  if (!reachable) {
    return { mood: "waiting", state: "reconnecting", numbers: old, notice: "The server does not answer." };
  }
  if (camera?.state === "retrying") {
    const notice = `${camera.lastError?.message ?? ""}\nRetrying…`.trim();
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

function describeLive({ fps }: CameraStatus, seen: Seen, old: string): Words {
  const { ageMs, cameraAgeMs } = agesOf(seen);
  const limitMs = usualMs(fps, seen.intervalMs);
  if (!seen.card && ageMs !== undefined && ageMs <= limitMs) {
    const shown = fps >= 1 ? (seen.paintedFps ?? fps) : fps;
    return { mood: "live", state: "live", numbers: `${rate(shown)}${age(ageMs)}`, notice: "" };
  }
  // The camera may have newer ones.
  const isLate = seen.frameAgeMs !== undefined && cameraAgeMs !== undefined && cameraAgeMs <= limitMs;
  return isLate
    ? { mood: "waiting", state: "late", numbers: old, notice: "Frames arrive late over this connection." }
    : { mood: "waiting", state: "stalled", numbers: old, notice: "No new frame from the camera." };
}

function agesOf({ camera, reachable, sinceMs, frameAgeMs }: Seen) {
  const cameraAgeMs = typeof camera?.ageMs === "number" ? camera.ageMs + (reachable ? 0 : sinceMs) : undefined;
  return { cameraAgeMs, ageMs: frameAgeMs ?? cameraAgeMs };
}

/** After the first frame the rate is not known yet. */
function rate(fps: number) {
  return fps > 0 ? `${fps < 9.95 ? Number(fps.toFixed(1)) : Math.round(fps)} fps · ` : "";
}

function age(ms: number) {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
