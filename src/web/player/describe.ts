import type { CameraStatus } from "./camera-status.ts";

/** What the page knows about a picture. */
export interface Seen {
  /** The server's last word on it. */
  camera: CameraStatus | undefined;
  /** Whether the server answers in time. */
  reachable: boolean;
  /** Whether pictures are on their way to this page. */
  connected: boolean;
  /** Whether they were before. */
  again: boolean;
  /** Whether what it shows is the server's card, which says in the picture what is wrong. */
  card: boolean;
  /** Milliseconds since that word. */
  sinceMs: number;
  /** How old the picture is that is shown, where that is known: the camera may have newer. */
  pictureAgeMs?: number;
  /** Between its last two pictures, where that is known. */
  intervalMs?: number;
  /** Pictures shown a second, where that is known. */
  paintedFps?: number;
}

export interface Description {
  mood: "live" | "waiting" | "offline";
  state: string;
  numbers: string;
  /** What is wrong, or nothing. */
  notice: string;
  /** Whether the picture is a card. */
  card: boolean;
  /** Whether the picture must not look as if it were true: a card that came just now is. */
  stale: boolean;
}

/** What to say about a picture. */
export function describe(seen: Seen): Description {
  const description = describeState(seen);
  const card = seen.card && description.mood !== "live";
  const isTrueCard = card && seen.reachable && seen.connected;
  return { ...description, card, stale: description.mood !== "live" && !isTrueCard };
}

/**
 * How old a picture may be and still be live: a camera of one frame a second is not late after two.
 * Of one that gives a picture in five seconds, or fewer, the server counts none a second: then its
 * last interval tells.
 */
export function usualMs(fps: number, intervalMs: number = 0) {
  return Math.max(LIVE_MS, 2.5 * (fps > 0 ? 1000 / fps : intervalMs));
}

/** Past this a picture is old, of any camera that gives more than one a second. */
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
  const isLate = seen.pictureAgeMs !== undefined && cameraAgeMs !== undefined && cameraAgeMs <= limitMs;
  return isLate
    ? { mood: "waiting", state: "late", numbers: old, notice: "Frames arrive late over this connection." }
    : { mood: "waiting", state: "stalled", numbers: old, notice: "No new frame from the camera." };
}

function agesOf({ camera, reachable, sinceMs, pictureAgeMs }: Seen) {
  const cameraAgeMs = typeof camera?.ageMs === "number" ? camera.ageMs + (reachable ? 0 : sinceMs) : undefined;
  return { cameraAgeMs, ageMs: pictureAgeMs ?? cameraAgeMs };
}

/** Of the first picture nobody knows how many there are a second. */
function rate(fps: number) {
  return fps > 0 ? `${fps < 9.95 ? Number(fps.toFixed(1)) : Math.round(fps)} fps · ` : "";
}

function age(ms: number) {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
