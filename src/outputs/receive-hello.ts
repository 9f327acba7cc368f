import type { Socket } from "node:net";
import { type HelloReading, readHello } from "../protocols/client-hello.ts";
import { HEADER_BYTES } from "../protocols/frame-header.ts";

const HELLO_WITHIN_MS = 10_000;

/** The start of a hello may be whole: it counts after this silence. */
const SETTLED_AFTER_MS = 2000;

export interface HelloTimeouts {
  /** @default 10000 */
  readonly withinMs?: number;
  /** @default 2000 */
  readonly settledAfterMs?: number;
}

/** Returns undefined if the client leaves first. */
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
      finish({ kind: "refused", reason: `only ${bytes.length} bytes arrived in ${withinMs / 1000} s` });
    }, withinMs);
    socket.on("data", take).once("close", leave);
    if (socket.closed) leave();
  });
}
