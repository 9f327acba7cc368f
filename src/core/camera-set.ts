import { Notifier } from "../util/notifier.ts";
import type { Camera } from "./camera.ts";

/** The first is the default of URLs without a name. */
export type CameraList = readonly [Camera, ...Camera[]];

/** Holds the present cameras, which change while the server runs. */
export class CameraSet {
  /** Notifies of changes of cameras, order or titles. */
  readonly changes = new Notifier();
  #list: CameraList;

  constructor(list: CameraList) {
    this.#list = list;
  }

  static of(cameras: CameraList | CameraSet): CameraSet {
    return cameras instanceof CameraSet ? cameras : new CameraSet(cameras);
  }

  get list(): CameraList {
    return this.#list;
  }

  has(camera: Camera): boolean {
    return this.#list.includes(camera);
  }

  replace(list: CameraList): void {
    this.#list = list;
    this.changes.notify();
  }
}
