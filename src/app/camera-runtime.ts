import { Camera } from "../core/camera.ts";
import type { CameraOptions } from "../core/camera-options.ts";
import type { PublisherSlot } from "../core/ingest/publisher-slot.ts";
import { MessageLog } from "../messages/message-log.ts";
import type { OutputRunner, OutputStatus } from "../outputs/output-runner.ts";
import { Variants } from "../transform/variants.ts";
import type { Logger } from "../util/log/logger.ts";
import { type CameraPlan, isOpenedTheSame, pairUp } from "./camera-plan.ts";
import { cameraOptions, createPublisherSlot } from "./create-camera.ts";
import { createOutput, type OutputPlan } from "./create-output.ts";

interface OutputRuntime {
  readonly plan: OutputPlan;
  readonly runner: OutputRunner;
}

/** Runs a camera with its messages, variants and outputs. */
export class CameraRuntime {
  readonly camera: Camera;
  readonly messages = new MessageLog();
  readonly variants: Variants;
  readonly #log: Logger;
  #plan: CameraPlan;
  #publisherSlot: PublisherSlot | undefined;
  #attached: readonly OutputRuntime[];

  constructor(plan: CameraPlan, log: Logger) {
    this.#plan = plan;
    this.#log = log;
    this.#publisherSlot = createPublisherSlot(plan.config);
    this.camera = new Camera(this.#parts());
    this.variants = new Variants(this.camera, { title: () => this.camera.title });
    this.#attached = plan.outputs.map((attachment) => this.#attach(attachment));
  }

  get plan(): CameraPlan {
    return this.#plan;
  }

  /** Undefined if the driver fetches its own frames. */
  get publisherSlot(): PublisherSlot | undefined {
    return this.#publisherSlot;
  }

  get outputStatuses(): OutputStatus[] {
    const own = this.#attached.filter(({ plan: attachment }) => attachment.what === "output");
    return own.map(({ runner: running }) => running.status());
  }

  start(): void {
    this.camera.resume();
    this.camera.start();
    for (const { runner: running } of this.#attached) running.start();
  }

  async close(why: string): Promise<void> {
    this.#publisherSlot?.close(why);
    this.messages.close();
    // The end of the camera's frames ends its viewers' streams.
    await Promise.all([...this.#attached.map(({ runner: running }) => running.close()), this.camera.close()]);
  }

  /** Releases what the next plan opens differently. Viewers stay. */
  async release(next: CameraPlan): Promise<void> {
    const isReopened = !isOpenedTheSame(this.#plan.config, next.config);
    if (isReopened) this.#publisherSlot?.close("The camera has been changed.");
    const kept = new Set(pairUp(next.outputs, this.#attached, ({ plan: attachment }) => attachment));
    const gone = this.#attached.filter((attached) => !kept.has(attached));
    await Promise.all([
      ...gone.map(({ runner: running }) => running.close()),
      isReopened ? this.camera.pause() : undefined,
    ]);
  }

  /** Applies the next plan, after `release`. */
  apply(next: CameraPlan): void {
    const isReopened = !isOpenedTheSame(this.#plan.config, next.config);
    const kept = pairUp(next.outputs, this.#attached, ({ plan: attachment }) => attachment);
    this.#plan = next;
    if (isReopened) this.#publisherSlot = createPublisherSlot(next.config);
    this.#attached = next.outputs.map((attachment, index) => kept[index] ?? this.#attach(attachment));
    const { title, lingerMs, always, adapts } = next.config;
    this.camera.change(isReopened ? this.#parts() : { title, lingerMs, isAlwaysOn: always, isAdaptive: adapts });
    this.start();
  }

  #parts(): CameraOptions {
    return cameraOptions(this.#plan.config, {
      messages: this.messages,
      publisherSlot: this.#publisherSlot,
      log: this.#log,
    });
  }

  #attach(attachment: OutputPlan): OutputRuntime {
    const running = createOutput(attachment, {
      frames: (spec) => this.variants.of(spec),
      messages: this.messages,
      log: this.#log.child({ camera: attachment.camera }),
    });
    return { plan: attachment, runner: running };
  }
}
