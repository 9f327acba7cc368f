import type { Redactor } from "../util/secrets/redactor.ts";
import type { CameraControls } from "./controls.ts";
import type { MessageChannel } from "./message-channel.ts";
import type { Repair } from "./validate-frames.ts";

/** What a camera's driver is given to work with, anew each time it is opened. */
export interface DriverContext {
  /** Aborts when the driver is to stop and to release what it holds. */
  readonly signal: AbortSignal;
  /** How long the camera may give nothing before it has failed, in milliseconds; undefined where it may be silent. */
  readonly stallMs?: number | undefined;
  /** Counts a picture that came but cannot be shown, or did not come when asked for; `reason` goes to the log. */
  dropped(reason: string): void;
  /**
   * Says what the driver chose, such as the size nearest to what was asked for; goes to the status and the log. An empty
   * text takes back what was said.
   */
  note?(text: string): void;
  /**
   * Says, of a driver that peers send to, that none does and what is waited for, in plain words; it is over with the next
   * picture. Meanwhile the camera is starting, and not failed.
   */
  waiting?(text: string): void;
  /** The camera's messages; undefined where it has none. */
  readonly messages?: MessageChannel;
  /** Hides the camera's address and secrets; for texts that are cut before the camera hides what it is told. */
  readonly redactor?: Redactor | undefined;
}

/** What a camera is made of. */
export interface CameraOptions {
  readonly name: string;
  readonly title: string;
  /** The driver's name, for the status. */
  readonly driver: string;
  /** One run of the driver: whole JPEGs until the signal aborts; throwing or ending is a failure. */
  readonly open: (context: DriverContext) => AsyncIterable<Uint8Array>;
  readonly repair: Repair;
  /** How long the camera stays open after its last viewer, in milliseconds. */
  readonly lingerMs: number;
  /** Without a frame for this long, in milliseconds, the camera has failed. */
  readonly stallMs: number;
  /** True keeps the camera open from `start` to `close`, watched or not. */
  readonly isAlwaysOn: boolean;
  /** True for a driver that peers send to: their silence is no failure, and never closes it. @default false */
  readonly isListening?: boolean;
  readonly messages?: MessageChannel;
  /** True has its streams adapt to their links where nobody says otherwise. @default false */
  readonly isAdaptive?: boolean;
  /** Pauses between tries, in milliseconds. @default 500 to 30000 */
  readonly pauses?: { readonly minPauseMs: number; readonly maxPauseMs: number };
  /** What can be set on it; undefined where its driver has nothing. */
  readonly controls?: CameraControls | undefined;
  readonly onEvent?: (event: CameraEvent) => void;
}

/** What an operator wants to know, as it happens. */
export type CameraEvent =
  | { readonly kind: "opened" | "released" | "live" }
  | { readonly kind: "waiting"; readonly text: string }
  | { readonly kind: "dropped"; readonly reason: string }
  | { readonly kind: "note"; readonly text: string }
  /** A run of the driver that was abandoned has failed at last. */
  | { readonly kind: "late"; readonly message: string }
  | { readonly kind: "failed"; readonly message: string; readonly pauseMs: number };
