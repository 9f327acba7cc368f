import type { Socket } from "node:net";
import type { Frame } from "../core/frame.ts";
import type { SocketWriter } from "../net/socket-writer.ts";
import type { VariantSpec } from "../transform/transform-spec.ts";
import type { OutputContext } from "./output.ts";

export interface SendFramesOptions {
  readonly socket: Socket;
  readonly writer: SocketWriter;
  readonly spec: VariantSpec;
  readonly context: Pick<OutputContext, "frames" | "meter">;
  /** The bytes of a frame as the peer expects them. @default the JPEG alone */
  readonly layOut?: (jpeg: Uint8Array) => Uint8Array;
}

/**
 * Sends a peer the camera's pictures, each as one write, until the socket closes. While one is on its way only the newest
 * of those that follow is kept. Throws when the camera cannot be seen in this way.
 */
export async function sendFrames({ socket, writer, spec, context, layOut = same }: SendFramesOptions): Promise<void> {
  const { meter } = context;
  const watching = new AbortController();
  const leave = () => watching.abort();
  socket.once("close", leave);
  if (socket.destroyed) leave();
  let last: Frame | undefined;
  try {
    for await (const frame of context.frames(spec).subscribe(watching.signal)) {
      // What is left out to keep to `fps` is not missed.
      if (last !== undefined && spec.fps === undefined) countMissed(frame.seq - last.seq - 1, meter.dropped);
      last = frame;
      const bytes = layOut(frame.jpeg);
      await writer.write(bytes);
      if (socket.destroyed) meter.dropped();
      else meter.sent(bytes.length);
    }
  } finally {
    socket.off("close", leave);
  }
}

function same(jpeg: Uint8Array): Uint8Array {
  return jpeg;
}

function countMissed(missed: number, count: () => void): void {
  for (let number = 0; number < missed; number++) count();
}
