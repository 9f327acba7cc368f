import { Broadcast, type Receiver } from "../core/broadcast.ts";
import type { Frame, FrameBroadcast, FrameSource } from "../core/frame.ts";
import { Mailbox } from "../core/mailbox.ts";
import { thin } from "../util/async-iterate.ts";
import type { Clients, Encoder } from "./encoder.ts";

export interface VariantOptions {
  readonly source: FrameSource;
  /** Undefined for all frames. */
  readonly fps: number | undefined;
  /** Called whenever the variant is opened; may throw. */
  readonly encoder: () => Encoder | undefined;
}

/** A source transformed by a spec; open while it has subscribers. */
export class Variant implements FrameBroadcast {
  readonly #options: VariantOptions;
  readonly #broadcast: Broadcast<Frame>;
  #given = 0;
  /** Until its first frame. */
  #unproven: Encoder | undefined;
  /** For a fair share of encodes. @default an output */
  clients: Clients = () => [];

  constructor(options: VariantOptions) {
    this.#options = options;
    // No linger: the camera decides how long it stays open.
    this.#broadcast = new Broadcast((signal) => this.#open(signal), { lingerMs: 0 });
  }

  get inUse(): boolean {
    return this.#broadcast.size > 0;
  }

  /** Undefined if not known. */
  get problem(): string | undefined {
    return this.#unproven?.status().lastError?.message;
  }

  subscribe(signal: AbortSignal): AsyncIterable<Frame> {
    return this.#broadcast.subscribe(signal);
  }

  attach(receiver: Receiver<Frame>): void {
    this.#broadcast.attach(receiver);
  }

  detach(receiver: Receiver<Frame>): void {
    this.#broadcast.detach(receiver);
  }

  async *#open(signal: AbortSignal): AsyncGenerator<Frame, undefined> {
    const { source, fps, encoder } = this.#options;
    // It may throw: nothing must be open then.
    const own = encoder();
    this.#unproven = own;
    const frames = source.subscribe(signal);
    const thinned = fps === undefined ? frames : thin(frames, fps);
    for await (const frame of own === undefined ? thinned : encoded(thinned, own, signal, () => this.clients())) {
      this.#unproven = undefined;
      yield { ...frame, ordinal: this.#given++ };
    }
  }
}

/**
 * Yields encoded frames as they are ready; only the newest waits. Unreadable frames are skipped and
 * counted.
 */
async function* encoded(
  frames: AsyncIterable<Frame>,
  encoder: Encoder,
  signal: AbortSignal,
  clients: Clients,
): AsyncGenerator<Frame, undefined> {
  const results = new Mailbox<Frame>();
  const release = encoder.hold(clients);
  void offer(frames, encoder, results, signal);
  try {
    yield* results;
  } finally {
    release();
  }
}

async function offer(
  frames: AsyncIterable<Frame>,
  encoder: Encoder,
  results: Mailbox<Frame>,
  signal: AbortSignal,
): Promise<void> {
  let newest = -1;
  let pending = Promise.resolve();
  const give = (frame: Frame) => {
    // A frame that needs no encode overtakes older ones, and a waiting one may be replaced.
    if (frame.seq <= newest) return;
    newest = frame.seq;
    results.put(frame);
  };
  try {
    for await (const frame of frames) pending = encoder.encode(frame).then(give, () => {});
    // A source that ended by itself: wait for its last frame.
    if (!signal.aborted) await pending;
    results.close();
  } catch (error) {
    results.close({ error });
  }
}
