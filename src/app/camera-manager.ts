import type { Camera } from "../core/camera.ts";
import { type CameraList, CameraSet } from "../core/camera-set.ts";
import type { PublisherSlots } from "../http/ingest/ingest-route.ts";
import type { OutputStatus } from "../outputs/output-runner.ts";
import { pause } from "../util/abort.ts";
import { deepEqual } from "../util/deep-equal.ts";
import type { Logger } from "../util/log/logger.ts";
import { type CameraPlan, difference } from "./camera-plan.ts";
import { CameraRuntime } from "./camera-runtime.ts";
import { preflight } from "./preflight.ts";

/** Each camera is released, or abandoned, within 2 s. */
const RELEASE_TIMEOUT_MS = 5000;

export interface CameraChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly untouched: number;
  readonly isReordered: boolean;
}

/** Manages the cameras of the server, which may change while it runs. */
export class CameraManager {
  readonly set: CameraSet;
  readonly publisherSlots: PublisherSlots = {
    get: (name) => this.#find(name)?.publisherSlot,
    has: (name) => this.#find(name)?.publisherSlot !== undefined,
  };
  readonly #log: Logger;
  readonly #byCamera = new WeakMap<Camera, CameraRuntime>();
  #running: readonly CameraRuntime[];
  #changing: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(plans: readonly CameraPlan[], log: Logger) {
    this.#log = log;
    this.#running = plans.map((plan) => this.#create(plan));
    this.set = new CameraSet(this.#list);
  }

  /** Works for a removed camera, too. */
  runtimeOf(camera: Camera): CameraRuntime {
    return this.#byCamera.get(camera) as CameraRuntime;
  }

  get all(): readonly CameraRuntime[] {
    return this.#running;
  }

  outputsOf(name: string): OutputStatus[] {
    return this.#find(name)?.outputStatuses ?? [];
  }

  /** Checks all cameras and outputs. @throws SetupError that says what cannot work. */
  async preflight(): Promise<void> {
    await preflight(this.#running.map(({ plan }) => difference(plan, undefined)));
  }

  start(): void {
    for (const running of this.#running) running.start();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const closed = this.#running.map((running) => running.close("The server is stopping."));
    await this.#waitFor([...closed, this.#changing.then(() => {})]);
  }

  /**
   * Applies other plans, one change after another; releases everything old before it opens anything
   * new. @throws SetupError if a plan cannot work; then nothing changes.
   */
  apply(plans: readonly CameraPlan[]): Promise<CameraChanges> {
    const changes = this.#changing.then(() => this.#change(plans));
    this.#changing = changes.catch(() => {});
    return changes;
  }

  async #change(plans: readonly CameraPlan[]): Promise<CameraChanges> {
    const before = this.#running;
    const steps = plans.map((plan) => ({ plan, running: this.#find(plan.config.name) }));
    const removed = before.filter(({ camera }) => !plans.some(({ config }) => config.name === camera.name));
    const changed = steps.flatMap(({ plan, running }) => {
      return running === undefined || deepEqual(running.plan, plan) ? [] : [{ plan, running }];
    });
    await preflight(
      steps.map(({ plan, running }) => difference(plan, running?.plan)),
      [
        ...removed.map(({ plan }) => difference(plan, undefined)),
        ...changed.map(({ running, plan }) => difference(running.plan, plan)),
      ],
    );
    if (this.#isClosed) return NO_CHANGES;

    const added: CameraRuntime[] = [];
    this.#running = steps.map(({ plan, running }) => {
      if (running !== undefined) return running;
      const own = this.#create(plan);
      // Its device may not be free yet.
      void own.camera.pause();
      added.push(own);
      return own;
    });
    const isReordered = !deepEqual(namesOf(before), namesOf(this.#running));
    if (isReordered) this.set.replace(this.#list);
    await this.#waitFor([
      ...removed.map((running) => running.close("The camera has been removed.")),
      ...changed.map(({ running, plan }) => running.release(plan)),
    ]);
    if (this.#isClosed) return NO_CHANGES;
    for (const { running, plan } of changed) running.apply(plan);
    for (const running of added) running.start();
    if (changed.length > 0) this.set.replace(this.#list);
    return {
      added: namesOf(added),
      changed: namesOf(changed.map(({ running }) => running)),
      removed: namesOf(removed),
      untouched: this.#running.length - added.length - changed.length,
      isReordered,
    };
  }

  async #waitFor(releases: readonly Promise<void>[]): Promise<void> {
    const timeout = new AbortController();
    const isLate = pause(RELEASE_TIMEOUT_MS, timeout.signal).then(() => !timeout.signal.aborted);
    if (await Promise.race([Promise.all(releases).then(() => false), isLate])) {
      this.#log.warn(`Release timed out: the server goes on after ${RELEASE_TIMEOUT_MS / 1000} s`);
    }
    timeout.abort();
  }

  #create(plan: CameraPlan): CameraRuntime {
    const running = new CameraRuntime(plan, this.#log);
    this.#byCamera.set(running.camera, running);
    return running;
  }

  #find(name: string): CameraRuntime | undefined {
    return this.#running.find(({ camera }) => camera.name === name);
  }

  get #list(): CameraList {
    return this.#running.map(({ camera }) => camera) as [Camera, ...Camera[]];
  }
}

const NO_CHANGES: CameraChanges = { added: [], changed: [], removed: [], untouched: 0, isReordered: false };

function namesOf(running: readonly CameraRuntime[]): string[] {
  return running.map(({ camera }) => camera.name);
}
