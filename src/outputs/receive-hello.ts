import type { Socket } from "node:net";
import { type HelloReading, readHello } from "../protocols/client-hello.ts";
import { HEADER_BYTES } from "../protocols/frame-header.ts";

/** How long a client may take for its hello, in milliseconds. */
const HELLO_WITHIN_MS = 10_000;

/** How long nothing may follow bytes that are a hello, or the start of a longer one, until they are one, in milliseconds. */
const SETTLED_AFTER_MS = 2000;

export interface HelloTimeouts {
  /** @default 10000 */
  readonly withinMs?: number;
  /** @default 2000 */
  readonly settledAfterMs?: number;
}

/**
 * Waits for a client's hello. Undefined when it leaves before it is whole. What follows the hello is read and thrown away.
 */
export function receiveHello(
  socket: Socket,
  { withinMs = HELLO_WITHIN_MS, settledAfterMs = SETTLED_AFTER_MS }: HelloTimeouts = {},
): Promise<Exclude<HelloReading, { kind: "more" }> | undefined> {
  return new Promise((resolve) => {
    let bytes: Buffer = Buffer.alloc(0);
    let settling: NodeJS.Timeout | undefined;
    const finish = (reading?: Exclude<HelloReading, { kind: "more" }>) => {
      clearTimeout(settling);
      clearTimeout(deadline);
      socket.off("data", take).off("close", leave);
      socket.resume();
      resolve(reading);
    };
    const leave = () => finish();
    const take = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk.subarray(0, HEADER_BYTES.text - bytes.length)]);
      clearTimeout(settling);
      const reading = readHello(bytes);
      if (reading.kind !== "more") finish(reading);
      else if (reading.otherwise !== undefined) settling = setTimeout(finish, settledAfterMs, reading.otherwise);
    };
    const deadline = setTimeout(() => {
      finish({ kind: "refused", reason: `of it only ${bytes.length} bytes came in ${withinMs / 1000} s` });
    }, withinMs);
    socket.on("data", take).once("close", leave);
    if (socket.closed) leave();
  });
}
