import type { TestContext } from "node:test";
import type { CameraDriver } from "../../../src/drivers/driver.ts";

/** A driver that is open. */
export interface OpenDriver {
  /** Returns the next frame; rejects if the driver ends or fails. */
  next(): Promise<Buffer>;
  /** Returns all frames until the driver fails, and its error. */
  untilFailure(): Promise<{ pictures: Buffer[]; failure: Error }>;
  /** Aborts the driver; resolves when it has released its resources. */
  close(): Promise<void>;
  /** What it counted as dropped. */
  readonly dropped: readonly string[];
  /** What it noted about its choices. */
  readonly notes: readonly string[];
}

/** Opens a driver with options as in a camera string; closes it when the test ends. */
export function openDriver(t: TestContext, driver: CameraDriver, options: Record<string, unknown>): OpenDriver {
  const controller = new AbortController();
  const [dropped, notes]: [string[], string[]] = [[], []];
  const context = {
    signal: controller.signal,
    dropped: (reason: string) => dropped.push(reason),
    note: (text: string) => notes.push(text),
  };
  const pictures = driver.open(driver.options.parse(options), context)[Symbol.asyncIterator]();
  const next = async () => {
    const { done, value } = await pictures.next();
    if (done) throw new Error("The driver ended");
    return Buffer.from(value);
  };
  const close = async () => {
    controller.abort();
    await pictures.return?.();
  };
  t.after(close);
  const toItsEnd = async () => {
    const all: Buffer[] = [];
    while (true) {
      try {
        all.push(await next());
      } catch (error) {
        return { pictures: all, failure: error as Error };
      }
    }
  };
  return { next, untilFailure: toItsEnd, close, dropped, notes };
}

/** Returns the error of a driver that fails before its first frame. */
export async function failureOf(t: TestContext, driver: CameraDriver, options: Record<string, unknown>) {
  const { pictures, failure } = await openDriver(t, driver, options).untilFailure();
  if (pictures.length > 0) throw new Error(`It yielded ${pictures.length} frames before it failed: ${failure.message}`);
  return failure.message;
}
