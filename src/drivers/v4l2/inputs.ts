import { DV_TIMINGS, INPUT, INPUT_INDEX, V4L2 } from "./abi.ts";
import type { Device } from "./device.ts";
import { explainError } from "./explain-error.ts";
import { Struct } from "./struct.ts";
import { SystemError } from "./system.ts";

/** Returns the captured input (VIDIOC_G_INPUT); 0 if unknown. */
export async function currentInput(device: Device): Promise<number> {
  const answer = new Struct(INPUT_INDEX);
  const isKnown = await device.has("G_INPUT", answer).catch(() => false);
  return isKnown ? answer.get("index") : 0;
}

/**
 * Sets a receiver, such as HDMI, to its source's present size (VIDIOC_QUERY_DV_TIMINGS, and "Source
 * change" in VIDIOC_DQEVENT). Throws if there is no source, or another program captures.
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

/** Errors of VIDIOC_QUERY_DV_TIMINGS. */
const NO_PICTURE: Readonly<Record<string, string>> = {
  ENOLINK: "no signal",
  ENOLCK: "no steady signal",
  ERANGE: "a signal out of range",
};
