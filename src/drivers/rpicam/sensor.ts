import type { Control, ControlValues } from "../../core/controls.ts";
import { checkControls, controlsOf, withControls } from "./controls.ts";
import type { RpicamOptions } from "./options.ts";

/** Shares a sensor's settings and frames between cameras. */
export class Sensor {
  #set: ControlValues = {};
  #open: { readonly options: RpicamOptions; readonly changed: () => void } | undefined;

  static of({ address }: RpicamOptions): Sensor {
    const sensor = sensors.get(address) ?? new Sensor();
    sensors.set(address, sensor);
    return sensor;
  }

  applied(options: RpicamOptions): RpicamOptions {
    return withControls(options, this.#set);
  }

  controls(options: RpicamOptions): Control[] {
    return controlsOf(this.applied(this.#open?.options ?? options));
  }

  /** Sets all or none. @throws ControlError */
  set(options: RpicamOptions, values: ControlValues): void {
    checkControls(this.applied(this.#open?.options ?? options), values);
    this.#set = { ...this.#set, ...values };
    this.#open?.changed();
  }

  open(options: RpicamOptions, changed: () => void): () => void {
    const open = { options, changed };
    this.#open = open;
    return () => {
      if (this.#open === open) this.#open = undefined;
    };
  }
}

const sensors = new Map<number, Sensor>();
