import { Broadcast } from "../core/broadcast.ts";
import type { DriverContext } from "../core/camera-options.ts";

interface Capture {
  readonly frames: Broadcast<Uint8Array>;
  readonly contexts: Set<DriverContext>;
  note: string;
}

/** Shares one capture between all cameras of a device. */
export class SharedCaptures {
  readonly #captures = new Map<string, Capture>();

  /** Yields what `open`, or an open capture under `key`, yields, until the signal aborts. */
  async *share(
    key: string,
    open: (context: DriverContext) => AsyncIterable<Uint8Array>,
    context: DriverContext,
  ): AsyncGenerator<Uint8Array, undefined> {
    const capture = this.#captures.get(key) ?? this.#create(key, open);
    if (capture.note !== "") context.note?.(`shares an open camera: ${capture.note}`);
    capture.contexts.add(context);
    try {
      yield* capture.frames.subscribe(context.signal);
    } finally {
      capture.contexts.delete(context);
      // The device must be free when this returns.
      if (capture.contexts.size === 0) await this.#close(key, capture);
    }
  }

  #create(key: string, open: (context: DriverContext) => AsyncIterable<Uint8Array>): Capture {
    const contexts = new Set<DriverContext>();
    const run = (signal: AbortSignal) =>
      open({
        signal,
        dropped: (reason) => {
          for (const context of contexts) context.dropped(reason);
        },
        note: (text) => {
          capture.note = text;
          for (const context of contexts) context.note?.(text);
        },
      });
    const capture: Capture = { frames: new Broadcast(run, { lingerMs: 0 }), contexts, note: "" };
    this.#captures.set(key, capture);
    return capture;
  }

  async #close(key: string, capture: Capture): Promise<void> {
    capture.note = "";
    await capture.frames.close();
    // Another camera may have come during the close.
    if (capture.contexts.size === 0 && this.#captures.get(key) === capture) this.#captures.delete(key);
  }
}
