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
  /** How its pictures were asked for, each time. */
  readonly specs: readonly VariantSpec[];
  readonly notes: readonly string[];
  readonly failures: readonly string[];
  status(): OutputStatus;
  /** Waits until something was noted that matches; gives it. */
  noted(pattern: RegExp): Promise<string>;
  close(): Promise<void>;
}

/** Runs an output with options as they stand on the command line, of a camera that gives `fps` pictures a second. */
export function watchedOutput(
  t: TestContext,
  output: Output,
  options: Record<string, unknown>,
  { fps = 50 }: { readonly fps?: number } = {},
): WatchedOutput {
  const pictures = FAKE_FRAMES.map((path) => readFileSync(path));
  const camera = testCamera(t, {
    async *open({ signal }) {
      for (let index = 0; !signal.aborted; index++) {
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

/** What of a spec changes pictures. */
function specOnly(spec: VariantSpec): VariantSpec {
  const fields = ["width", "height", "fit", "quality", "fps", "maxBytes"];
  return Object.fromEntries(Object.entries(spec).filter(([key, field]) => fields.includes(key) && field !== undefined));
}

/** The port of an output that listens on any. */
export async function portOf({ noted }: WatchedOutput): Promise<number> {
  return Number(/\d+$/.exec(await noted(/^Listening on port \d+$/))?.[0]);
}
