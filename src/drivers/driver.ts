import type { z } from "zod";
import type { DriverContext } from "../core/camera-options.ts";
import type { Control, ControlValues } from "../core/controls.ts";
import type { PublisherSlot } from "../core/ingest/publisher-slot.ts";

/** What a driver is given to work with, anew each time it is opened. */
export interface OpenContext extends DriverContext {
  /** Where pictures come in that are sent over HTTP; of a driver that takes them. */
  readonly publisherSlot?: PublisherSlot | undefined;
}

/**
 * A kind of camera.
 *
 * A driver stays simple: it yields whole JPEGs and throws on trouble. Opening on demand, sharing, retrying, stall
 * detection and timing live once, in core.
 */
export interface CameraDriver<S extends z.ZodObject = z.ZodObject> {
  /** Its line in `--help`. */
  readonly summary: string;
  /** How an address is written, such as `FILE`; absent if it takes none. The value is the option `address`. */
  readonly address?: string;
  /**
   * True for a driver that peers connect to, or send to: it is open from start to stop unless told otherwise, and silence
   * is no failure of it: it is never closed for want of pictures.
   */
  readonly isListener?: ByOptions<S>;
  /** Whether it is kept open, watched or not, unless told otherwise. @default as `listens` */
  readonly isAlwaysOpen?: ByOptions<S>;
  /** True for a driver whose pictures are sent to the server's own HTTP port: it is given an inlet. */
  readonly acceptsUploads?: boolean;
  /** What it can be told. Strict, so that a misspelt option is refused; each option with its description. */
  readonly options: S;
  /** Looks, once at start, for what can never work; throws a SetupError that says so. */
  check?(options: z.output<S>): Promise<void>;
  /**
   * Opens the camera and yields whole JPEGs until `context.signal` aborts, then releases it, within a second. To throw
   * is to fail, and so is to end: the camera reports it and opens the driver again.
   */
  open(options: z.output<S>, context: OpenContext): AsyncIterable<Uint8Array>;
  /** What can be set, streaming or not; absent, as `setControls` is, where a driver has nothing. Throws when the camera cannot be asked. */
  controls?(options: z.output<S>): Promise<Control[]>;
  /**
   * Sets controls by name, now and whenever the camera is opened again. All are checked before any is set.
   * @throws ControlError, in plain words, for a name the camera has not or a value it does not take.
   */
  setControls?(options: z.output<S>, values: ControlValues): Promise<void>;
}

/** Yes or no, or what it comes to by a camera's options. */
type ByOptions<S extends z.ZodObject> = boolean | ((options: z.output<S>) => boolean);

/** Gives a driver the type of its own options. */
export function defineDriver<S extends z.ZodObject>(driver: CameraDriver<S>): CameraDriver<S> {
  return driver;
}
