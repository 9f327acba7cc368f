import type { Control, ControlValues } from "../../core/controls.ts";
import { checkControls, controlsOf, withControls } from "./controls.ts";
import type { RpicamOptions } from "./options.ts";

/**
 * What is set on one of the Pi's sensors, while the server runs. It is the sensor's and no camera's: cameras of ours on one
 * sensor share its pictures, which are those of the camera that opened it.
 */
export class Sensor {
  #set: ControlValues = {};
  /** Of the camera that opened it, and whom to tell that something else is set; undefined while it is closed. */
  #open: { readonly options: RpicamOptions; readonly changed: () => void } | undefined;

  /** The sensor that a camera of that number shows. */
  static of({ address }: RpicamOptions): Sensor {
    const sensor = sensors.get(address) ?? new Sensor();
    sensors.set(address, sensor);
    return sensor;
  }

  /** Options as they are with what was set. */
  applied(options: RpicamOptions): RpicamOptions {
    return withControls(options, this.#set);
  }

  controls(options: RpicamOptions): Control[] {
    return controlsOf(this.applied(this.#open?.options ?? options));
  }

  /** Sets controls, or none of them if it throws a ControlError. What shows the sensor is told. */
  set(options: RpicamOptions, values: ControlValues): void {
    checkControls(this.applied(this.#open?.options ?? options), values);
    this.#set = { ...this.#set, ...values };
    this.#open?.changed();
  }

  /** Has changes told to `changed`, until the function that it gives is called. */
  open(options: RpicamOptions, changed: () => void): () => void {
    const open = { options, changed };
    this.#open = open;
    return () => {
      if (this.#open === open) this.#open = undefined;
    };
  }
}

const sensors = new Map<number, Sensor>();
