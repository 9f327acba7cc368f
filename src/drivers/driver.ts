import type { z } from "zod";
import type { DriverContext } from "../core/camera.ts";

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
  /** What it can be told. Strict, so that a misspelt option is refused; each option with its description. */
  readonly options: S;
  /** Looks, once at start, for what can never work; throws a SetupError that says so. */
  check?(options: z.output<S>): Promise<void>;
  /**
   * Opens the camera and yields whole JPEGs until `context.signal` aborts, then releases it, within a second. To throw
   * is to fail, and so is to end: the camera reports it and opens the driver again.
   */
  open(options: z.output<S>, context: DriverContext): AsyncIterable<Uint8Array>;
}

/** Gives a driver the type of its own options. */
export function defineDriver<S extends z.ZodObject>(driver: CameraDriver<S>): CameraDriver<S> {
  return driver;
}
