import { EVENT, EVENT_SUBSCRIPTION, V4L2, VIDIOC } from "./abi.ts";
import type { Device } from "./device.ts";
import { currentInput } from "./inputs.ts";
import { Struct } from "./struct.ts";

/** Tells when what is captured changed its size, as HDMI inputs do (VIDIOC_SUBSCRIBE_EVENT). Webcams have no such event. */
export class SourceChanges {
  readonly #device: Device;
  readonly #subscribed: boolean;

  private constructor(device: Device, subscribed: boolean) {
    this.#device = device;
    this.#subscribed = subscribed;
  }

  static async subscribe(device: Device): Promise<SourceChanges> {
    // The events of an input are subscribed to by its number.
    const id = await currentInput(device);
    const subscription = new Struct(EVENT_SUBSCRIPTION, { type: V4L2.EVENT_SOURCE_CHANGE, id });
    return new SourceChanges(device, await device.has("SUBSCRIBE_EVENT", subscription));
  }

  /** True when the size has changed since it was last asked. */
  any(): boolean {
    if (!this.#subscribed) return false;
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
