import type { DriverContext } from "../../core/camera-options.ts";
import { split } from "../../jpeg/split.ts";
import { linkedController } from "../../util/abort.ts";
import { Debounce } from "../../util/debounce.ts";
import { SetupError } from "../../util/errors.ts";
import { runProgram } from "../../util/process/child-process.ts";
import { defineDriver } from "../driver.ts";
import { fileReader } from "../picture/file-reader.ts";
import { SharedCaptures } from "../shared-captures.ts";
import { suspendListing } from "./known-pi-cameras.ts";
import { findPiProgram } from "./list-pi-cameras.ts";
import { DEFAULT_FPS, pictureSize, type RpicamOptions, rpicamArguments, rpicamOptions } from "./options.ts";
import { Sensor } from "./sensor.ts";

const HOW_TO_INSTALL =
  "neither rpicam-vid nor libcamera-vid is installed: on Raspberry Pi OS run `sudo apt install rpicam-apps`";

export const rpicam = defineDriver({
  summary: "a Raspberry Pi's own camera, through rpicam-vid or libcamera-vid",
  address: "NUMBER",
  options: rpicamOptions,
  async check({ tuning }) {
    if ((await findPiProgram()) === undefined) throw new SetupError(HOW_TO_INSTALL);
    if (tuning === undefined) return;
    const found = await fileReader.ask({ ask: "kind", path: tuning }).catch(() => undefined);
    if (found?.kind !== "missing") return;
    const what = `there is no tuning file at ${JSON.stringify(tuning)}`;
    throw new SetupError(`${what}. Check the path.`, 2);
  },
  async *open(options, context) {
    if (context.signal.aborted) return;
    yield* captures.share(String(options.address), (shared) => capture(options, shared), context);
  },
  async controls(options) {
    return Sensor.of(options).controls(options);
  },
  async setControls(options, values) {
    Sensor.of(options).set(options, values);
  },
});

const captures = new SharedCaptures();

/**
 * The program takes settings only at its start, so changes restart it; not before its first frame,
 * so frames come while a slider moves.
 */
async function* capture(options: RpicamOptions, { signal, dropped, note }: DriverContext) {
  const program = await findPiProgram();
  if (program === undefined) throw new Error(HOW_TO_INSTALL);
  const { width, height } = pictureSize(options);
  note?.(`${program}, camera ${options.address}: ${width}x${height} at ${options.fps ?? DEFAULT_FPS} fps`);
  const sensor = Sensor.of(options);
  const wanted = () => rpicamArguments(sensor.applied(options));
  let changes: Debounce | undefined;
  const allowListing = await suspendListing(options.address);
  const close = sensor.open(options, () => changes?.add());
  try {
    while (!signal.aborted) {
      const run = linkedController(signal);
      const args = wanted();
      changes = new Debounce(() => {
        if (wanted().join(" ") !== args.join(" ")) run.abort();
      });
      try {
        for await (const jpeg of split(runProgram(program, args, run.signal), { onSkip: dropped })) {
          changes.allow();
          yield jpeg;
        }
      } finally {
        changes.close();
        run.release();
      }
    }
  } catch (error) {
    throw explain(error);
  } finally {
    close();
    allowListing();
  }
}

/** Of core/rpicam_app.cpp, OpenCamera. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/no cameras available/, "no camera is connected. Check the ribbon cable at both ends, with the power off."],
  [/selected camera is not available/, "no camera has this number. Run `stillstream devices` to list cameras."],
  [/failed to acquire camera/, "another program uses the camera. End it first."],
];

function explain(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const meaning = MEANINGS.find(([pattern]) => pattern.test(error.message))?.[1];
  return meaning === undefined ? error : new Error(`${error.message}: ${meaning}`, { cause: error });
}
