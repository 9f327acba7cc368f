import type { CameraStatus } from "../camera-status.ts";
import type { Surface } from "../surface.ts";
import { type SnapshotPlayer, SnapshotTarget } from "./snapshot-player.ts";
import { StreamPlayer } from "./stream-player.ts";
import { StreamWatchdog } from "./stream-watchdog.ts";

/** How a surface gets its frames without /live. */
export interface Delivery {
  readonly name: "stream" | "snapshots";
  /** Whether frames come, whether they did before, and whether they are placeholders. */
  state(): { connected: boolean; again: boolean; card: boolean };
  /** Takes the server's status of the camera. */
  update(camera: CameraStatus): void;
  /** Notes that the server did not answer. */
  fail(): void;
  /**
   * Names its connection among the camera's viewers, whose names the server gives to no one else.
   */
  readonly key: string;
  /** Whether it has failed too often, and another way is better. */
  readonly hasFailed: boolean;
  end(): void;
}

/** Streams in a row without a frame: something on the way holds them back. */
const MAX_EMPTY_STREAMS = 3;

export class StreamDelivery implements Delivery {
  readonly name = "stream";
  readonly #player: StreamPlayer;
  readonly #watchdog: StreamWatchdog;
  readonly #sampling: ReturnType<typeof setInterval>;
  #isOver = false;

  constructor(surface: Surface, url: string, onChange: () => void) {
    this.#player = new StreamPlayer(surface, url, onChange);
    const watchdog = new StreamWatchdog(this.#player);
    this.#watchdog = watchdog;
    this.#sampling = setInterval(() => void watchdog.sample(), 1000);
    // WebKit never fires the page's `load` once an image is streaming.
    const start = () => {
      if (!this.#isOver) watchdog.start();
    };
    if (document.readyState === "complete") start();
    else addEventListener("load", start, { once: true });
  }

  get key() {
    return this.#player.key;
  }

  get hasFailed() {
    return this.#player.emptyConnections > MAX_EMPTY_STREAMS;
  }

  state() {
    return this.#watchdog.delivery();
  }

  update(camera: CameraStatus) {
    this.#watchdog.update(camera);
  }

  fail() {
    this.#watchdog.fail();
  }

  end() {
    this.#isOver = true;
    clearInterval(this.#sampling);
    this.#player.stop();
  }
}

export class SnapshotDelivery implements Delivery {
  readonly name = "snapshots";
  readonly key = "";
  readonly hasFailed = false;
  readonly #player: SnapshotPlayer;
  readonly #target: SnapshotTarget;

  constructor(player: SnapshotPlayer, surface: Surface, url: string, onArrival: (isFirst: boolean) => void) {
    this.#player = player;
    this.#target = new SnapshotTarget(surface, url, onArrival);
    player.add(this.#target);
  }

  state() {
    return this.#target.delivery();
  }

  update(camera: CameraStatus) {
    this.#target.update(camera);
  }

  fail() {}

  end() {
    this.#player.remove(this.#target);
  }
}
