import { linkedController } from "../../util/abort.ts";
import { EVENT, EVENT_SUBSCRIPTION, V4L2, VIDIOC } from "./abi.ts";
import { Device } from "./device.ts";
import { currentInput } from "./inputs.ts";
import { Struct } from "./struct.ts";

/** How often a device that another program captures is asked for its events, in milliseconds. */
const ASK_EVERY_MS = 1000;

/**
 * Yields what another program captures from the device at `path`, until the source of that changes its size: then it is
 * aborted, and this throws, since programs such as ffmpeg do not look.
 */
export async function* untilSourceChanges(
  path: string,
  signal: AbortSignal,
  capture: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, undefined> {
  const device = await Device.open(path);
  const run = linkedController(signal);
  let timer: NodeJS.Timeout | undefined;
  try {
    const changes = await SourceChanges.subscribe(device);
    const ask = () => {
      if (changes.hasChanged()) run.abort(sizeChangedError(path));
    };
    if (changes.isSubscribed) timer = setInterval(ask, ASK_EVERY_MS);
    yield* capture(run.signal);
    if (run.signal.aborted && !signal.aborted) throw run.signal.reason;
  } finally {
    clearInterval(timer);
    run.release();
    await device.close();
  }
}

export function sizeChangedError(path: string): Error {
  return new Error(`The picture size of ${path} changed; opening it again`);
}

/** Tells when what is captured changed its size, as HDMI inputs do (VIDIOC_SUBSCRIBE_EVENT). Webcams have no such event. */
export class SourceChanges {
  readonly #device: Device;
  /** False where nothing of the kind is told. */
  readonly isSubscribed: boolean;

  private constructor(device: Device, subscribed: boolean) {
    this.#device = device;
    this.isSubscribed = subscribed;
  }

  static async subscribe(device: Device): Promise<SourceChanges> {
    // The events of an input are subscribed to by its number.
    const id = await currentInput(device);
    const subscription = new Struct(EVENT_SUBSCRIPTION, { type: V4L2.EVENT_SOURCE_CHANGE, id });
    return new SourceChanges(device, await device.has("SUBSCRIBE_EVENT", subscription));
  }

  /** True when the size has changed since it was last asked. */
  hasChanged(): boolean {
    if (!this.isSubscribed) return false;
    const { system, fd } = this.#device;
    let changed = false;
    const event = new Struct(EVENT);
    // Fails with ENOENT when no event is pending.
    while (system.ioctlNow(fd, VIDIOC.DQEVENT, event.bytes) === 0) {
      const isSource = event.get("type") === V4L2.EVENT_SOURCE_CHANGE;
      changed ||= isSource && (event.get("u.src_change.changes") & V4L2.EVENT_SRC_CH_RESOLUTION) !== 0;
    }
    return changed;
  }
}
