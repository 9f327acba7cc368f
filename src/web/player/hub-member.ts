import type { CameraStatus } from "./camera-status.ts";
import type { TileReport } from "./engine/tile.ts";

export type Want = { wanted: boolean; width: number; height: number };

/** A picture of the page, to its hub. */
export interface Member {
  camera: string;
  query: string;
  /** Gives a new canvas: one that was handed to a worker never comes back. */
  renewCanvas: () => HTMLCanvasElement;
  onReport: (report: TileReport) => void;
  onState: (camera: CameraStatus) => void;
  onError: (message: string) => void;
  onMirror: (bitmap: ImageBitmap) => void;
  /** Called when anything of the hub has changed, and four times a second. */
  onChange: () => void;
}
