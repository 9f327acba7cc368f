import { Broadcast, type Receiver } from "../core/broadcast.ts";
import type { Frame, FrameBroadcast, FrameSource } from "../core/frame.ts";
import { Mailbox } from "../core/mailbox.ts";
import { thin } from "../util/async-iterate.ts";
import type { Clients, Encoder } from "./encoder.ts";

export interface VariantOptions {
  readonly source: FrameSource;
  /** At most so many pictures a second; undefined for all there are. */
  readonly fps: number | undefined;
  /** Gives what transforms the pictures, each time the variant is opened; undefined where nothing does. May throw. */
  readonly encoder: () => Encoder | undefined;
}

/** A source seen through a spec: open while anyone subscribes, and no longer. */
export class Variant implements FrameBroadcast {
  readonly #options: VariantOptions;
  readonly #broadcast: Broadcast<Frame>;
  #given = 0;
  /** What encodes since it was opened, until it has given a frame. */
  #unproven: Encoder | undefined;
  /** Who watches it, for a fair share of the encodes. @default an output */
  clients: Clients = () => [];

  constructor(options: VariantOptions) {
    this.#options = options;
    // No linger: how long a camera outlives its viewers is the camera's to say.
    this.#broadcast = new Broadcast((signal) => this.#open(signal), { lingerMs: 0 });
  }

  /** True while anyone is subscribed. */
  get inUse(): boolean {
    return this.#broadcast.size > 0;
  }

  /** Why it has given no frame since it was opened; undefined once it has, and while nothing is wrong. */
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
    // Asked first: it may refuse, and then nothing must be open.
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
 * Each frame encoded, as it is ready. Frames are taken as they come and offered to the encoder, which skips all but the
 * newest while it is busy. Frames that cannot be read are passed over: the encoder counts them.
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
    // What needs no encode is ready before an older frame that does; and a frame that waited may have become the next.
    if (frame.seq <= newest) return;
    newest = frame.seq;
    results.put(frame);
  };
  try {
    for await (const frame of frames) pending = encoder.encode(frame).then(give, () => {});
    // A source that ended by itself: what is being encoded is its last picture.
    if (!signal.aborted) await pending;
    results.close();
  } catch (error) {
    results.close({ error });
  }
}
