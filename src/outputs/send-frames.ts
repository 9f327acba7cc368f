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
  /** @default the JPEG alone */
  readonly layOut?: (jpeg: Uint8Array) => Uint8Array;
}

/**
 * Sends each frame in one write until the socket closes. During a write only the newest is kept.
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
      // Frames left out to keep to `fps` are not missed.
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
