import { Broadcast } from "../../../src/core/broadcast.ts";
import type { Frame, FrameBroadcast, FrameSource } from "../../../src/core/frame.ts";
import { Mailbox } from "../../../src/core/mailbox.ts";
import { until } from "../deferred.ts";

/** A source whose frames the test sends one by one. */
export interface HandSource extends FrameBroadcast {
  /** True while it has a subscriber. */
  readonly open: boolean;
  /** Sends a frame to all subscribers; waits for the first one. */
  show(jpeg: Uint8Array): Promise<Frame>;
  /** Ends the stream. */
  end(): void;
}

export function handSource(): HandSource {
  let mailbox: Mailbox<Frame> | undefined;
  let seq = 0;
  let taken = -1;
  const broadcast = new Broadcast<Frame>(
    async function* (signal) {
      const own = new Mailbox<Frame>();
      mailbox = own;
      signal.addEventListener("abort", () => own.close());
      try {
        for await (const frame of own) {
          yield frame;
          taken = frame.seq;
        }
      } finally {
        mailbox = undefined;
      }
    },
    { lingerMs: 0 },
  );
  return {
    get open() {
      return mailbox !== undefined;
    },
    subscribe: (signal) => broadcast.subscribe(signal),
    attach: (receiver) => broadcast.attach(receiver),
    detach: (receiver) => broadcast.detach(receiver),
    async show(jpeg) {
      const frame = { jpeg, seq: seq++, capturedAt: 1_700_000_000_000 + seq * 33.3, at: seq * 33.3 };
      (await until("the source is open", () => mailbox)).put(frame);
      await until("the frame is taken", () => taken === frame.seq || mailbox === undefined);
      return frame;
    },
    end: () => mailbox?.close(),
  };
}

/** A subscriber, and what it has received. */
export interface Watching {
  readonly frames: Frame[];
  /** True when its frames have ended. */
  ended: boolean;
  error: unknown;
  leave(): void;
}

/** Subscribes to a source and keeps its frames. */
export function watch(source: FrameSource): Watching {
  const stop = new AbortController();
  const watching: Watching = { frames: [], ended: false, error: undefined, leave: () => stop.abort() };
  const read = async () => {
    for await (const frame of source.subscribe(stop.signal)) watching.frames.push(frame);
  };
  read()
    .catch((error: unknown) => {
      watching.error = error;
    })
    .finally(() => {
      watching.ended = true;
    });
  return watching;
}
