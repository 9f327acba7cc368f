import type { z } from "zod";
import type { DriverContext } from "../core/camera-options.ts";
import type { Control, ControlValues } from "../core/controls.ts";
import type { PublisherSlot } from "../core/ingest/publisher-slot.ts";

export interface OpenContext extends DriverContext {
  /** Of a driver that accepts uploads. */
  readonly publisherSlot?: PublisherSlot | undefined;
}

/**
 * A kind of camera. It yields whole JPEGs and throws on trouble. Opening on demand,
 * sharing, retrying, stall detection and timing are done in core.
 */
export interface CameraDriver<S extends z.ZodObject = z.ZodObject> {
  /** Its line in `--help`. */
  readonly summary: string;
  /**
   * How an address is written, such as `FILE`; absent if it takes none. Its value
   * is the option `address`.
   */
  readonly address?: string;
  /**
   * Whether peers connect or send to it. Such a camera is always open by default,
   * and silence is no failure.
   */
  readonly isListener?: ByOptions<S>;
  /** Whether it stays open without viewers, by default. @default as `isListener` */
  readonly isAlwaysOpen?: ByOptions<S>;
  /** Whether frames are uploaded to the server's own port. */
  readonly acceptsUploads?: boolean;
  /** Strict, so that a misspelt one is refused; each with its description. */
  readonly options: S;
  /**
   * Checks at start for what can never work.
   * @throws SetupError with the reason.
   */
  check?(options: z.output<S>): Promise<void>;
  /**
   * Opens the camera and yields whole JPEGs until `context.signal` aborts, then
   * releases it within a second. A throw or a return before that is a failure: the
   * camera reports it and opens the driver again.
   */
  open(options: z.output<S>, context: OpenContext): AsyncIterable<Uint8Array>;
  /** Absent, like `setControls`, if nothing can be set. */
  controls?(options: z.output<S>): Promise<Control[]>;
  /**
   * Sets controls, now and at each later opening. Checks all before it sets any.
   * @throws ControlError, in plain words
   */
  setControls?(options: z.output<S>, values: ControlValues): Promise<void>;
}

/** Fixed, or depending on a camera's options. */
type ByOptions<S extends z.ZodObject> = boolean | ((options: z.output<S>) => boolean);

export function defineDriver<S extends z.ZodObject>(driver: CameraDriver<S>): CameraDriver<S> {
  return driver;
}
