import type { FrameSource } from "../core/frame.ts";
import type { MessageChannel } from "../core/message-channel.ts";
import type { VariantSpec } from "../transform/transform-spec.ts";
import { pause } from "../util/abort.ts";
import { Backoff } from "../util/backoff.ts";
import { epochOf } from "../util/clock.ts";
import { describeError } from "../util/errors.ts";
import { RateMeter } from "../util/rate-meter.ts";
import type { Redactor } from "../util/secrets/redactor.ts";
import type { OutputContext, OutputMeter } from "./output.ts";

export interface OutputStatus {
  /** Such as `tcp-listen`. */
  readonly kind: string;
  readonly address: string;
  /** Addresses and ports. */
  readonly peers: readonly string[];
  readonly fps: number;
  readonly frames: number;
  readonly bytes: number;
  readonly dropped: number;
  readonly lastError: { readonly message: string; readonly at: number } | null;
}

export interface OutputRunnerOptions {
  readonly kind: string;
  readonly address: string;
  readonly run: (context: OutputContext) => Promise<void>;
  readonly frames: (spec: VariantSpec) => FrameSource;
  readonly messages: MessageChannel;
  /** @default hides nothing */
  readonly redactor?: Redactor;
  readonly onNote: (text: string) => void;
  readonly onFailure: (message: string, pauseMs: number) => void;
}

/** Runs an output, again after each failure, and counts for its status. */
export class OutputRunner {
  readonly #options: OutputRunnerOptions;
  readonly #stop = new AbortController();
  readonly #peers = new Map<symbol, string>();
  readonly #rate = new RateMeter();
  #ended: Promise<void> | undefined;
  #frames = 0;
  #bytes = 0;
  #dropped = 0;
  /** By `performance.now()`. */
  #lastError: { message: string; at: number } | null = null;

  constructor(options: OutputRunnerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#ended ??= this.#runAgainAndAgain();
  }

  /** Resolves when everything is released. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  status(): OutputStatus {
    const { kind, address } = this.#options;
    return {
      kind,
      address,
      peers: [...this.#peers.values()],
      fps: Math.round(this.#rate.rate(performance.now()) * 10) / 10,
      frames: this.#frames,
      bytes: this.#bytes,
      dropped: this.#dropped,
      lastError: this.#lastError && { ...this.#lastError, at: Math.round(epochOf(this.#lastError.at)) },
    };
  }

  async #runAgainAndAgain(): Promise<void> {
    const { signal } = this.#stop;
    const { run, frames, messages, redactor, onFailure } = this.#options;
    const hide = (text: string) => redactor?.hide(text) ?? text;
    const onNote = (text: string) => this.#options.onNote(hide(text));
    const backoff = new Backoff();
    while (!signal.aborted) {
      const startedAt = performance.now();
      const message = await (async () =>
        await run({ signal, frames, messages, meter: this.#meter(), note: onNote }))().then(
        () => "It ended by itself",
        (error: unknown) => describeError(error, hide),
      );
      this.#peers.clear();
      if (signal.aborted) return;
      if (performance.now() - startedAt > backoff.pauseMs) backoff.reset();
      const pauseMs = backoff.next();
      this.#lastError = { message, at: performance.now() };
      onFailure(message, pauseMs);
      await pause(pauseMs, signal);
    }
  }

  #meter(): OutputMeter {
    return {
      peer: (address) => {
        const id = Symbol(address);
        this.#peers.set(id, address);
        return () => void this.#peers.delete(id);
      },
      sent: (bytes) => {
        this.#frames++;
        this.#bytes += bytes;
        this.#rate.tick(performance.now());
      },
      dropped: () => {
        this.#dropped++;
      },
    };
  }
}
