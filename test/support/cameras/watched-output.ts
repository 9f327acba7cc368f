import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import type { Camera } from "../../../src/core/camera.ts";
import { MessageLog } from "../../../src/messages/message-log.ts";
import type { Output } from "../../../src/outputs/output.ts";
import { OutputRunner, type OutputStatus } from "../../../src/outputs/output-runner.ts";
import type { VariantSpec } from "../../../src/transform/transform-spec.ts";
import { Variants } from "../../../src/transform/variants.ts";
import { pause } from "../../../src/util/abort.ts";
import { until } from "../deferred.ts";
import { FAKE_FRAMES } from "../paths.ts";
import { testCamera } from "../serve.ts";

/** An output of a camera, running. */
export interface WatchedOutput {
  readonly camera: Camera;
  readonly messages: MessageLog;
  /** The transform of each subscription. */
  readonly specs: readonly VariantSpec[];
  readonly notes: readonly string[];
  readonly failures: readonly string[];
  status(): OutputStatus;
  /** Waits until a matching note; returns it. */
  noted(pattern: RegExp): Promise<string>;
  close(): Promise<void>;
}

export interface WatchedCameraOptions {
  /** @default 50 */
  readonly fps?: number;
  /** Resolves when the camera may give the frame of this index. */
  readonly next?: (index: number) => Promise<unknown>;
}

/** Runs an output with options as on the command line. */
export function watchedOutput(
  t: TestContext,
  output: Output,
  options: Record<string, unknown>,
  { fps = 50, next }: WatchedCameraOptions = {},
): WatchedOutput {
  const pictures = FAKE_FRAMES.map((path) => readFileSync(path));
  const camera = testCamera(t, {
    async *open({ signal }) {
      for (let index = 0; !signal.aborted; index++) {
        await next?.(index);
        yield pictures[index % 3] as Buffer;
        await pause(1000 / fps, signal);
      }
    },
  });
  const variants = new Variants(camera);
  const messages = new MessageLog();
  const specs: VariantSpec[] = [];
  const notes: string[] = [];
  const failures: string[] = [];
  const parsed = output.options.parse(options);
  const running = new OutputRunner({
    kind: "test",
    address: String(options["address"]),
    run: (context) => output.run(parsed, context),
    frames: (spec) => {
      specs.push(specOnly(spec));
      return variants.of(spec);
    },
    messages,
    onNote: (text) => notes.push(text),
    onFailure: (message) => failures.push(message),
  });
  t.after(() => running.close());
  running.start();
  return {
    camera,
    messages,
    specs,
    notes,
    failures,
    status: () => running.status(),
    noted: (pattern) =>
      until(`${pattern} is noted, and not ${notes.join("; ")}`, () => notes.find((note) => pattern.test(note))),
    close: () => running.close(),
  };
}

/** Returns the fields of a spec that change frames. */
function specOnly(spec: VariantSpec): VariantSpec {
  const fields = ["width", "height", "fit", "quality", "fps", "maxBytes"];
  return Object.fromEntries(Object.entries(spec).filter(([key, field]) => fields.includes(key) && field !== undefined));
}

/** Returns the port of an output that listens on any free one. */
export async function portOf({ noted }: WatchedOutput): Promise<number> {
  return Number(/\d+$/.exec(await noted(/^Listening on port \d+$/))?.[0]);
}
