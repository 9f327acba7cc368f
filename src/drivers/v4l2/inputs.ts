import { DV_TIMINGS, INPUT, INPUT_INDEX, V4L2 } from "./abi.ts";
import type { Device } from "./device.ts";
import { explainError } from "./explain-error.ts";
import { Struct } from "./struct.ts";
import { SystemError } from "./system.ts";

/** The number of the input that a device captures from (VIDIOC_G_INPUT); 0, the first, where it does not tell. */
export async function currentInput(device: Device): Promise<number> {
  const answer = new Struct(INPUT_INDEX);
  // Some webcams must be asked themselves, and fail to answer: they have one input.
  const isKnown = await device.has("G_INPUT", answer).catch(() => false);
  return isKnown ? answer.get("index") : 0;
}

/**
 * Has a receiver of digital video, such as HDMI, expect what its source gives now: until it is told, it goes on with the
 * size it had (VIDIOC_QUERY_DV_TIMINGS, and "Source change" in VIDIOC_DQEVENT). Other inputs are left alone. Throws, in
 * plain words, when there is no source, or another program captures.
 */
export async function followSource(device: Device): Promise<void> {
  const input = new Struct(INPUT, { index: await currentInput(device) });
  const isKnown = await device.has("ENUMINPUT", input).catch(() => false);
  if (!isKnown || (input.get("capabilities") & V4L2.IN_CAP_DV_TIMINGS) === 0) return;
  const timings = new Struct(DV_TIMINGS);
  try {
    if (!(await device.has("QUERY_DV_TIMINGS", timings))) return;
    await device.call("S_DV_TIMINGS", timings);
  } catch (error) {
    if (error instanceof SystemError && NO_PICTURE[error.code] !== undefined) {
      const where = `the input ${input.text("name", 32)} of ${device.path}`;
      throw new Error(`There is ${NO_PICTURE[error.code]} at ${where} (${error.message})`, { cause: error });
    }
    throw await explainError(error, device.path, "open");
  }
}

/** What the errors of VIDIOC_QUERY_DV_TIMINGS mean. */
const NO_PICTURE: Readonly<Record<string, string>> = {
  ENOLINK: "no signal",
  ENOLCK: "no steady signal",
  ERANGE: "a signal beyond what can be received",
};
