import type { z } from "zod";
import type { DriverContext } from "../core/camera-options.ts";
import type { Control, ControlValues } from "../core/controls.ts";
import type { PublisherSlot } from "../core/ingest/publisher-slot.ts";

export interface OpenContext extends DriverContext {
  readonly publisherSlot?: PublisherSlot | undefined;
}

/** A kind of camera. Yields whole JPEGs and throws on trouble; core shares, retries and times. */
export interface CameraDriver<S extends z.ZodObject = z.ZodObject> {
  readonly summary: string;
  /** Such as `FILE`; absent if it takes none. The value is the option `address`. */
  readonly address?: string;
  /** Whether peers send to it: then silence is no failure. */
  readonly isListener?: ByOptions<S>;
  /** @default as `isListener` */
  readonly isAlwaysOpen?: ByOptions<S>;
  readonly acceptsUploads?: boolean;
  /** Strict, so a misspelt one is refused. */
  readonly options: S;
  /** @throws SetupError if it can never work. */
  check?(options: z.output<S>): Promise<void>;
  /**
   * Yields whole JPEGs until `context.signal` aborts, then releases the camera within a second. A
   * throw or a return before that is a failure: the camera opens it again.
   */
  open(options: z.output<S>, context: OpenContext): AsyncIterable<Uint8Array>;
  controls?(options: z.output<S>): Promise<Control[]>;
  /**
   * Sets controls, now and at each later opening; checks all first. @throws ControlError, in plain
   * words
   */
  setControls?(options: z.output<S>, values: ControlValues): Promise<void>;
}

type ByOptions<S extends z.ZodObject> = boolean | ((options: z.output<S>) => boolean);

export function defineDriver<S extends z.ZodObject>(driver: CameraDriver<S>): CameraDriver<S> {
  return driver;
}
