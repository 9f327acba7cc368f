import type { CameraStatus } from "../camera-status.ts";
import { createPixelCheck } from "./pixel-check.ts";
import type { StreamPlayer } from "./stream-player.ts";

/** How long a new connection may take to show among the camera's viewers. */
const GRACE_MS = 3000;
const MAX_LAG_MS = 5000;
/** How long a connection may take to bring its first frame once the camera has one. */
const FIRST_FRAME_MS = 5000;
const QUIET_MS = 1500;
/**
 * A frame newer than this becomes a placeholder in a moment, when its camera has failed: after a
 * second, and seen in the next answer.
 */
const PLACEHOLDER_MS = 3500;
const FIRST_PATIENCE_MS = 5000;
const MAX_PATIENCE_MS = 60_000;

/**
 * Decides when a player must reconnect. Browsers fire no event when a stream stalls or its server
 * dies, so this relies on what the server says of its viewers, and on whether the pixels still
 * change.
 */
export class StreamWatchdog {
  readonly #player: StreamPlayer;
  readonly #havePixelsChanged: () => Promise<boolean>;
  #isReachable = true;
  /** Answers in a row that did not list the connection. */
  #missing = 0;
  #frames = 0;
  #hasPlaceholder = false;
  /** The camera's frame count when the pixels last changed, and when that was. */
  #changed = { frames: 0, at: performance.now() };
  #patienceMs = FIRST_PATIENCE_MS;
  /** While it reconnects on a mere suspicion, the page says nothing of it. */
  #quietUntil = 0;

  constructor(player: StreamPlayer) {
    this.#player = player;
    this.#havePixelsChanged = createPixelCheck(player.image);
  }

  /** Whether frames come, whether they did before, and whether they are placeholders. */
  delivery() {
    const player = this.#player;
    const hasFrames = player.hasArrived || performance.now() < this.#quietUntil;
    return {
      connected: this.#isReachable && this.#missing === 0 && hasFrames,
      again: player.arrivedAt > 0,
      card: this.#hasPlaceholder,
    };
  }

  start(): void {
    this.#isReachable = true;
    this.#missing = 0;
    this.#player.connect();
  }

  /** Takes the server's status of the camera. */
  update(camera: CameraStatus) {
    this.#frames = camera.frames;
    if (!this.#isReachable) return this.start();
    const player = this.#player;
    const viewers = typeof camera.viewers === "number" ? [] : camera.viewers;
    const viewer = viewers.find(({ key }) => key === player.key);
    const isFresh = camera.ageMs !== null && camera.ageMs < PLACEHOLDER_MS;
    this.#hasPlaceholder = viewer?.card === true || (camera.state !== "live" && isFresh);
    const sinceMs = performance.now() - player.since;
    if (viewer !== undefined) {
      this.#missing = 0;
      if (camera.state === "live") this.#judge(viewer.lagMs, sinceMs);
    } else if (sinceMs > GRACE_MS) {
      this.#missing += 1;
      if (this.#missing % 2 === 0) player.reconnect();
    }
  }

  /** Notes that the server did not answer. */
  fail(): void {
    this.#isReachable = false;
  }

  /** Looks at the pixels. Call it about once a second. */
  async sample(): Promise<void> {
    const player = this.#player;
    const now = performance.now();
    const frames = this.#frames;
    player.fit();
    if (!player.hasArrived) {
      this.#changed = { frames, at: now };
    } else if (await this.#havePixelsChanged()) {
      this.#changed = { frames: this.#frames, at: now };
      this.#patienceMs = FIRST_PATIENCE_MS;
    } else if (this.#frames > this.#changed.frames && now - this.#changed.at > this.#patienceMs) {
      // A still scene looks the same, hence the growing patience.
      this.#changed = { frames: this.#frames, at: now };
      this.#patienceMs = Math.min(this.#patienceMs * 2, MAX_PATIENCE_MS);
      this.#quietUntil = now + QUIET_MS;
      player.connect();
    }
  }

  #judge(lagMs: number, sinceMs: number): void {
    const player = this.#player;
    if (lagMs > MAX_LAG_MS) player.reconnect();
    else if (player.hasArrived) player.settle();
    else if (sinceMs > FIRST_FRAME_MS) player.reconnect();
  }
}
