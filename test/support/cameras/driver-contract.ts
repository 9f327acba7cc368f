import assert from "node:assert/strict";
import { test } from "node:test";
import type { CameraDriver, OpenContext } from "../../../src/drivers/driver.ts";
import { toJpeg } from "../../../src/jpeg/convert/convert.ts";
import { until } from "../deferred.ts";

export interface DriverContractOptions {
  /** Options as written in a camera string, for a source whose frames do not end. */
  readonly options: () => Record<string, unknown> | Promise<Record<string, unknown>>;
  /** More context for each time the driver is opened. */
  readonly context?: () => Partial<OpenContext>;
  /** Why the tests cannot run here, or false. */
  readonly skip?: string | false;
}

/** Tests what every driver guarantees, whatever it opens. */
export function testDriver(
  name: string,
  driver: CameraDriver,
  { options, context = () => ({}), skip = false }: DriverContractOptions,
): void {
  const open = async (controller: AbortController) => {
    const parsed = driver.options.parse(await options());
    return driver.open(parsed, { signal: controller.signal, dropped: () => {}, ...context() })[Symbol.asyncIterator]();
  };

  test(`${name} yields whole JPEGs`, { skip }, async () => {
    const controller = new AbortController();
    const pictures = await open(controller);
    for (let count = 0; count < 3; count++) {
      const { value } = await pictures.next();
      assert.deepEqual(Buffer.from(await toJpeg(value)), Buffer.from(value));
    }
    controller.abort();
    await pictures.return?.();
  });

  test(`${name} stops when it is aborted, while a subscriber waits for a frame`, { skip }, async () => {
    const controller = new AbortController();
    const pictures = await open(controller);
    await pictures.next();
    let ended = false;
    const drained = (async () => {
      while (!(await pictures.next()).done);
    })();
    drained.catch(() => {}).finally(() => (ended = true));
    controller.abort();
    await until(`${name} has stopped`, () => ended);
  });

  test(`${name} opens nothing if it is aborted before it starts`, { skip }, async () => {
    const controller = new AbortController();
    controller.abort();
    const pictures = await open(controller);
    const first = await pictures.next().catch(() => ({ done: true, value: undefined }));
    // A frame that was captured already may still come. The iteration must end.
    if (!first.done) assert.equal((await pictures.next()).done, true);
  });

  test(`${name} opens again after it was closed`, { skip }, async () => {
    for (let round = 0; round < 3; round++) {
      const controller = new AbortController();
      const pictures = await open(controller);
      assert.equal((await pictures.next()).done, false);
      controller.abort();
      await pictures.return?.();
    }
  });

  test(`${name} refuses an unknown option`, async () => {
    const result = driver.options.safeParse({ ...(await options()), color: "red" });
    assert.match(String(result.error), /color/);
  });

  test(`${name} describes itself and every option`, () => {
    assert.notEqual(driver.summary, "");
    for (const [key, option] of Object.entries(driver.options.shape))
      assert.ok(option.description, `${key} has no description`);
  });
}
