import { linkedController } from "../../util/abort.ts";
import { EVENT, EVENT_SUBSCRIPTION, V4L2, VIDIOC } from "./abi.ts";
import { Device } from "./device.ts";
import { currentInput } from "./inputs.ts";
import { Struct } from "./struct.ts";

const ASK_EVERY_MS = 1000;

/** Aborts the capture and throws on a change: ffmpeg does not notice. */
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
  return new Error(`The frame size of ${path} changed; it is opened again`);
}

/** Tells whether the captured size changed (VIDIOC_SUBSCRIBE_EVENT). Webcams have no such event. */
export class SourceChanges {
  readonly #device: Device;
  readonly isSubscribed: boolean;

  private constructor(device: Device, subscribed: boolean) {
    this.#device = device;
    this.isSubscribed = subscribed;
  }

  static async subscribe(device: Device): Promise<SourceChanges> {
    const id = await currentInput(device);
    const subscription = new Struct(EVENT_SUBSCRIPTION, { type: V4L2.EVENT_SOURCE_CHANGE, id });
    return new SourceChanges(device, await device.has("SUBSCRIBE_EVENT", subscription));
  }

  hasChanged(): boolean {
    if (!this.isSubscribed) return false;
    const { system, fd } = this.#device;
    let changed = false;
    const event = new Struct(EVENT);
    // ENOENT: no event is pending.
    while (system.ioctlNow(fd, VIDIOC.DQEVENT, event.bytes) === 0) {
      const isSource = event.get("type") === V4L2.EVENT_SOURCE_CHANGE;
      changed ||= isSource && (event.get("u.src_change.changes") & V4L2.EVENT_SRC_CH_RESOLUTION) !== 0;
    }
    return changed;
  }
}
