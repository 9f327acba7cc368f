import type { DriverContext } from "../../core/camera-options.ts";
import { type WholeJpeg, wholeJpeg } from "../../jpeg/whole.ts";
import { FORMAT, STREAMPARM, V4L2 } from "./abi.ts";
import { CaptureBuffers } from "./capture-buffers.ts";
import type { Mode } from "./choose-mode.ts";
import type { Device } from "./device.ts";
import { explainError } from "./explain-error.ts";
import { interval, isJpeg, perSecond } from "./formats.ts";
import { SourceChanges, sizeChangedError } from "./source-changes.ts";
import { fourcc, fourccName, Struct } from "./struct.ts";
import type { Watch } from "./system.ts";

/** Events such as a changed source do not make it readable. */
const POLL_MS = 1000;

/**
 * Sets format and rate; returns what the driver made of them (VIDIOC_S_FMT, VIDIOC_S_PARM). Throws
 * if it gives no JPEG.
 */
export async function setMode(device: Device, wanted: Mode): Promise<Mode> {
  try {
    const type = V4L2.BUF_TYPE_VIDEO_CAPTURE;
    const format = new Struct(FORMAT, {
      type,
      "fmt.pix.width": wanted.width,
      "fmt.pix.height": wanted.height,
      "fmt.pix.pixelformat": fourcc(wanted.fourcc),
    });
    await device.call("S_FMT", format);
    const given = format.get("fmt.pix.pixelformat");
    if (!isJpeg(given)) throw new Error(`${device.path} gives ${fourccName(given)}, not ${wanted.fourcc} as requested`);
    return {
      fourcc: fourccName(given),
      width: format.get("fmt.pix.width"),
      height: format.get("fmt.pix.height"),
      fps: await setRate(device, wanted.fps),
    };
  } catch (error) {
    throw await explainError(error, device.path, "open");
  }
}

/** Returns 0 or the old rate if the camera takes none. */
async function setRate(device: Device, fps: number): Promise<number> {
  const type = V4L2.BUF_TYPE_VIDEO_CAPTURE;
  const ask = (name: "G_PARM" | "S_PARM", argument: typeof current) => device.has(name, argument).catch(() => false);
  const current = new Struct(STREAMPARM, { type });
  if (!(await ask("G_PARM", current))) return 0;
  if ((current.get("parm.capture.capability") & V4L2.CAP_TIMEPERFRAME) === 0) return rateOf(current);
  const { numerator, denominator } = interval(fps);
  const wanted = new Struct(STREAMPARM, {
    type,
    "parm.capture.timeperframe.numerator": numerator,
    "parm.capture.timeperframe.denominator": denominator,
  });
  return rateOf((await ask("S_PARM", wanted)) ? wanted : current);
}

function rateOf(parameters: Struct<keyof typeof STREAMPARM.fields>): number {
  const numerator = parameters.get("parm.capture.timeperframe.numerator");
  return perSecond(numerator, parameters.get("parm.capture.timeperframe.denominator"));
}

/** Throws when the device goes. */
export async function* captureJpegs(
  device: Device,
  { signal, dropped }: DriverContext,
): AsyncGenerator<Uint8Array, undefined> {
  const buffers = new CaptureBuffers(device);
  let ready: ReadableWait | undefined;
  try {
    await buffers.start();
    const changes = await SourceChanges.subscribe(device);
    ready = new ReadableWait(device.system.watch(device.fd), signal);
    while (!signal.aborted) {
      const failed = await ready.wait();
      if (signal.aborted) break;
      if (changes.hasChanged()) throw sizeChangedError(device.path);
      const frame = takeFrame(buffers);
      if (frame === "none" && failed) throw new Error(`The camera at ${device.path} stopped capturing`);
      if (frame === "none") continue;
      if ("reason" in frame) dropped(frame.reason);
      else yield frame.jpeg;
    }
  } catch (error) {
    throw await explainError(error, device.path, buffers.isStreaming ? "stream" : "open");
  } finally {
    ready?.close();
    await buffers.stop();
  }
}

function takeFrame(buffers: CaptureBuffers): WholeJpeg | "none" {
  const taken = buffers.take();
  return taken === "none" || "reason" in taken ? taken : wholeJpeg(taken.bytes, { needsEnd: true });
}

class ReadableWait {
  readonly #watch: Watch;
  readonly #signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  #wake: ((failed: boolean) => void) | undefined;

  constructor(watch: Watch, signal: AbortSignal) {
    this.#watch = watch;
    this.#signal = signal;
    this.#timer = setInterval(this.#look, POLL_MS);
    signal.addEventListener("abort", this.#look);
  }

  /** Resolves with whether the device is in an error state. */
  async wait(): Promise<boolean> {
    if (this.#signal.aborted) return false;
    const failed = await new Promise<boolean>((resolve) => {
      this.#wake = resolve;
      this.#timer.refresh();
      this.#watch.once(resolve);
    });
    this.#wake = undefined;
    return failed;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#signal.removeEventListener("abort", this.#look);
    this.#watch.close();
  }

  readonly #look = () => {
    this.#watch.stop();
    this.#wake?.(false);
  };
}
