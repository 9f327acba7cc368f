import type { TestContext } from "node:test";
import type { CameraDriver } from "../../../src/drivers/driver.ts";

/** A driver that was opened. */
export interface OpenDriver {
  /** The next picture; rejects when the driver ended or failed. */
  next(): Promise<Buffer>;
  /** Pictures until the driver fails, and how it did. */
  untilFailure(): Promise<{ pictures: Buffer[]; failure: Error }>;
  /** Aborts it; resolves when it has released what it held. */
  close(): Promise<void>;
  /** What it counted as dropped. */
  readonly dropped: readonly string[];
  /** What it said of its choices. */
  readonly notes: readonly string[];
}

/** Opens a driver with options as they stand in a camera string; closed when the test ends. */
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

/** How a driver fails that gives no picture. */
export async function failureOf(t: TestContext, driver: CameraDriver, options: Record<string, unknown>) {
  const { pictures, failure } = await openDriver(t, driver, options).untilFailure();
  if (pictures.length > 0) throw new Error(`It gave ${pictures.length} pictures before it failed: ${failure.message}`);
  return failure.message;
}
