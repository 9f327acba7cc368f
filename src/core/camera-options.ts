import type { Redactor } from "../util/secrets/redactor.ts";
import type { CameraControls } from "./controls.ts";
import type { MessageChannel } from "./message-channel.ts";
import type { Repair } from "./validate-frames.ts";

/** What a camera's driver gets each time it is opened. */
export interface DriverContext {
  /** Aborts when the driver must stop and release what it holds. */
  readonly signal: AbortSignal;
  /** A driver without a frame for this long has failed; undefined for a listener. */
  readonly stallMs?: number | undefined;
  /** Counts a frame that cannot be shown, or that failed when asked for. */
  dropped(reason: string): void;
  /**
   * Notes a choice, such as the nearest size, in status and log. "" takes the last note
   * back.
   */
  note?(text: string): void;
  /**
   * Says what a listener waits for; the next frame ends it. Meanwhile the camera is
   * starting, and not failed.
   */
  waiting?(text: string): void;
  /** The camera's messages, if it has any. */
  readonly messages?: MessageChannel;
  /** Hides the camera's address and secrets, in texts that the driver cuts itself. */
  readonly redactor?: Redactor | undefined;
}

export interface CameraOptions {
  readonly name: string;
  readonly title: string;
  /** The driver's name, for the status. */
  readonly driver: string;
  /**
   * Runs the driver once: whole JPEGs until the signal aborts. To throw or end is to
   * fail.
   */
  readonly open: (context: DriverContext) => AsyncIterable<Uint8Array>;
  /**
   * Hides the camera's address and secrets in what the driver says. @default hides
   * nothing
   */
  readonly redactor?: Redactor;
  readonly repair: Repair;
  /** How long the camera stays open after its last viewer. */
  readonly lingerMs: number;
  /** The camera has failed without a frame for this long. */
  readonly stallMs: number;
  /** Keeps the camera open from `start` to `close`, with or without viewers. */
  readonly isAlwaysOn: boolean;
  /**
   * True for a driver that publishers connect to: silence is no failure. @default false
   */
  readonly isListening?: boolean;
  readonly messages?: MessageChannel;
  /** Whether its streams adapt to links by default. @default false */
  readonly isAdaptive?: boolean;
  /** Pauses between tries. @default 500 to 30000 */
  readonly pauses?: { readonly minPauseMs: number; readonly maxPauseMs: number };
  /** Undefined if its driver has no controls. */
  readonly controls?: CameraControls | undefined;
  readonly onEvent?: (event: CameraEvent) => void;
}

/** What an operator wants to know, as it happens. */
export type CameraEvent =
  | { readonly kind: "opened" | "released" | "live" }
  | { readonly kind: "waiting"; readonly text: string }
  | { readonly kind: "dropped"; readonly reason: string }
  | { readonly kind: "note"; readonly text: string }
  /** An abandoned run of the driver has failed. */
  | { readonly kind: "late"; readonly message: string }
  | { readonly kind: "failed"; readonly message: string; readonly pauseMs: number };
