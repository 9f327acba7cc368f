import type { CameraStatus } from "./camera-status.ts";
import type { TileSize } from "./engine/engine-messages.ts";
import type { TileReport } from "./engine/tile.ts";
import type { Hub } from "./hub.ts";
import type { RunningEngine } from "./start-engine.ts";

/** What a hub tells a player. */
export interface HubListener {
  readonly camera: string;
  readonly query: string;
  /** Returns a new canvas: one that was handed to a worker never comes back. */
  renewCanvas(): HTMLCanvasElement;
  onReport(report: TileReport): void;
  onState(camera: CameraStatus): void;
  onError(message: string): void;
  onMirror(bitmap: ImageBitmap): void;
  /** Called when anything of the hub has changed, and four times a second. */
  onChange(): void;
}

/** One player's place in a hub. It outlives engines. */
export class HubTile {
  readonly number: number;
  readonly listener: HubListener;
  readonly #hub: Hub;
  #size: TileSize = { wanted: false, width: 0, height: 0 };
  #isMirrored = false;

  constructor(number: number, listener: HubListener, hub: Hub) {
    this.number = number;
    this.listener = listener;
    this.#hub = hub;
  }

  get size(): TileSize {
    return this.#size;
  }

  /** Tells a new engine of this tile. */
  introduce(engine: RunningEngine): void {
    const { number: tile, listener } = this;
    const { camera, query } = listener;
    const element = listener.renewCanvas();
    const canvas = engine.isWorker ? element.transferControlToOffscreen() : element;
    engine.post({ type: "add", tile, camera, query, canvas });
    engine.post({ type: "want", tile, ...this.#size });
    if (this.#isMirrored) engine.post({ type: "mirror", tile, isOn: true });
  }

  want(size: TileSize): void {
    this.#size = size;
    this.#hub.want(this.number, size);
  }

  /** Sends every frame from now on to `onMirror`, too. */
  mirror(isOn: boolean): void {
    this.#isMirrored = isOn;
    this.#hub.mirror(this.number, isOn);
  }

  /** Returns the JPEG that is shown, as it came. */
  still(): Promise<Uint8Array | undefined> {
    return this.#hub.still(this.number);
  }

  leave(): void {
    this.#hub.remove(this.number);
  }
}
