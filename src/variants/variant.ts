import { Broadcast } from "../core/broadcast.ts";
import type { Frame, FrameSource } from "../core/frame.ts";
import { thin } from "../core/iterate.ts";
import { Mailbox } from "../core/mailbox.ts";
import type { Encoder } from "./encoder.ts";

/** A camera seen through a transform, at a rate of its own: open while anyone subscribes. */
export class Variant implements FrameSource {
  readonly #broadcast: Broadcast<Frame>;

  /** `encoder` is asked each time it is opened; undefined where pictures are only thinned, to `fps`. */
  constructor(source: FrameSource, fps: number | undefined, encoder: () => Encoder | undefined) {
    const open = (signal: AbortSignal) => {
      const frames = source.subscribe(signal);
      const thinned = fps === undefined ? frames : thin(frames, fps);
      const own = encoder();
      return own === undefined ? thinned : encoded(thinned, own);
    };
    this.#broadcast = new Broadcast(open, { lingerMs: 0 });
  }

  /** True while anyone is subscribed. */
  get inUse(): boolean {
    return this.#broadcast.size > 0;
  }

  subscribe(signal: AbortSignal): AsyncIterable<Frame> {
    return this.#broadcast.subscribe(signal);
  }
}

/**
 * Each frame encoded, as it is ready. Frames are taken as they come and offered to the encoder, which skips all but the
 * newest while it is busy.
 */
function encoded(frames: AsyncIterable<Frame>, encoder: Encoder): AsyncIterable<Frame> {
  const results = new Mailbox<Frame>();
  const release = encoder.hold();
  void pump(frames, encoder, results).finally(release);
  return results;
}

async function pump(frames: AsyncIterable<Frame>, encoder: Encoder, results: Mailbox<Frame>): Promise<void> {
  let offered = 0;
  let given = 0;
  let last: Frame | undefined;
  const give = (frame: Frame, number: number) => {
    // A picture that needs no encode is ready before an older one that does; and two may have become one.
    if (number < given || frame === last) return;
    given = number;
    last = frame;
    results.put(frame);
  };
  try {
    for await (const frame of frames) {
      const number = ++offered;
      // The encoder counts what cannot be read; it is passed over.
      encoder.encode(frame).then(
        (result) => give(result, number),
        () => {},
      );
    }
    results.close();
  } catch (error) {
    results.close({ error });
  }
}
