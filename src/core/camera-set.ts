import { Notifier } from "../util/notifier.ts";
import type { Camera } from "./camera.ts";

/** At least one; the first is what URLs without a name mean. */
export type CameraList = readonly [Camera, ...Camera[]];

/** The cameras that there are now: they may come and go while the server runs, and whoever asks later sees others. */
export class CameraSet {
  /** Tells of each change: of which cameras there are, of their order, and of their titles. */
  readonly changes = new Notifier();
  #list: CameraList;

  constructor(list: CameraList) {
    this.#list = list;
  }

  /** Those of a list that never changes, or of a set. */
  static of(cameras: CameraList | CameraSet): CameraSet {
    return cameras instanceof CameraSet ? cameras : new CameraSet(cameras);
  }

  get list(): CameraList {
    return this.#list;
  }

  has(camera: Camera): boolean {
    return this.#list.includes(camera);
  }

  /** From now on these are the cameras. */
  replace(list: CameraList): void {
    this.#list = list;
    this.changes.notify();
  }
}
