import type { TestContext } from "node:test";
import { evaluateTrait } from "../../../src/config/parse-cameras.ts";
import type { Camera } from "../../../src/core/camera.ts";
import type { CameraDriver } from "../../../src/drivers/driver.ts";
import { MessageLog } from "../../../src/messages/message-log.ts";
import { until } from "../deferred.ts";
import { testCamera } from "../serve.ts";

/** A camera with a driver, watched from its start. */
export interface WatchedCamera {
  readonly camera: Camera;
  readonly messages: MessageLog;
  /** Every frame. */
  readonly pictures: readonly Buffer[];
  /** The events of the camera, in order. */
  readonly events: readonly string[];
  /** Waits until there are `count` frames; returns them. */
  shown(count: number): Promise<readonly Buffer[]>;
  /** Waits for an event that matches; returns it. */
  heard(pattern: RegExp): Promise<string>;
}

/**
 * Opens a driver with options as in a camera string, as the program does; closes it when the test
 * ends.
 */
export function watchedCamera(t: TestContext, driver: CameraDriver, options: Record<string, unknown>): WatchedCamera {
  const messages = new MessageLog();
  const pictures: Buffer[] = [];
  const events: string[] = [];
  const parsed = driver.options.parse(options);
  const camera = testCamera(t, {
    isListening: evaluateTrait(driver.isListener, parsed),
    messages,
    stallMs: 60_000,
    async *open(context) {
      for await (const jpeg of driver.open(parsed, context)) {
        pictures.push(Buffer.from(jpeg));
        yield jpeg;
      }
    },
    onEvent: (event) => {
      const text =
        "text" in event ? event.text : "message" in event ? event.message : "reason" in event ? event.reason : "";
      events.push(`${event.kind} ${text}`.trim());
    },
  });
  camera.subscribe(new AbortController().signal);
  return {
    camera,
    messages,
    pictures,
    events,
    shown: (count) => until(`${count} frames came`, () => (pictures.length >= count ? pictures : undefined)),
    heard: (pattern) =>
      until(`${pattern} was said, and not ${events.join("; ")}`, () => events.find((event) => pattern.test(event))),
  };
}
