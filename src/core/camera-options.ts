import type { Redactor } from "../util/secrets/redactor.ts";
import type { CameraControls } from "./controls.ts";
import type { MessageChannel } from "./message-channel.ts";
import type { Repair } from "./validate-frames.ts";

export interface DriverContext {
  /** The driver must then release what it holds. */
  readonly signal: AbortSignal;
  /** Undefined for a listener. */
  readonly stallMs?: number | undefined;
  /** Counts a frame that cannot be shown. */
  dropped(reason: string): void;
  /** Notes a choice, such as the nearest size; "" takes the last note back. */
  note?(text: string): void;
  /** Says what a listener waits for; the next frame ends it. */
  waiting?(text: string): void;
  readonly messages?: MessageChannel;
  /** For texts that the driver cuts itself. */
  readonly redactor?: Redactor | undefined;
}

export interface CameraOptions {
  readonly name: string;
  readonly title: string;
  readonly driver: string;
  /** Yields whole JPEGs until the signal aborts. To throw or end is to fail. */
  readonly open: (context: DriverContext) => AsyncIterable<Uint8Array>;
  /** @default hides nothing */
  readonly redactor?: Redactor;
  readonly repair: Repair;
  readonly lingerMs: number;
  readonly stallMs: number;
  readonly isAlwaysOn: boolean;
  /** Silence is no failure then. @default false */
  readonly isListening?: boolean;
  readonly messages?: MessageChannel;
  /** @default false */
  readonly isAdaptive?: boolean;
  /** @default 500 to 30000 */
  readonly pauses?: { readonly minPauseMs: number; readonly maxPauseMs: number };
  readonly controls?: CameraControls | undefined;
  readonly onEvent?: (event: CameraEvent) => void;
}

export type CameraEvent =
  | { readonly kind: "opened" | "released" | "live" }
  | { readonly kind: "waiting"; readonly text: string }
  | { readonly kind: "dropped"; readonly reason: string }
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "late"; readonly message: string }
  | { readonly kind: "failed"; readonly message: string; readonly pauseMs: number };
