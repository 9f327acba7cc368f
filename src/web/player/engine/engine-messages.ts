import type { CameraStatus } from "../camera-status.ts";
import type { SocketState } from "./live-messages.ts";
import type { Refusal } from "./server-health.ts";
import type { TileReport } from "./tile.ts";

/*
 * What a page and its engine post to each other: plain objects, since the engine is mostly in a
 * worker.
 */

/** A camera, as the server lists it. */
export type Named = { name: string; title: string };

/** Whether a tile is wanted, and what it can show, in device pixels. */
export interface TileSize {
  wanted: boolean;
  width: number;
  height: number;
}

export type ToEngine =
  | { type: "add"; tile: number; camera: string; query: string; canvas: HTMLCanvasElement | OffscreenCanvas }
  | ({ type: "want"; tile: number } & TileSize)
  | { type: "remove"; tile: number }
  | { type: "still"; tile: number; request: number }
  | { type: "mirror"; tile: number; isOn: boolean }
  | { type: "hurry" }
  | { type: "leave" };

export type FromEngine =
  | { type: "report"; connection: SocketState; silentMs: number; tiles: TileReport[] }
  | { type: "cameras"; cameras: Named[] }
  | { type: "state"; tile: number; camera: CameraStatus }
  | { type: "error"; tile: number; message: string }
  | { type: "still"; request: number; jpeg: Uint8Array | undefined }
  | { type: "mirror"; tile: number; bitmap: ImageBitmap }
  | ({ type: "refused" } & Refusal)
  | { type: "hopeless" };
