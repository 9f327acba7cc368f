import type { Socket } from "node:net";

/**
 * Yields what `parse` makes of the bytes of a socket, until that closes or `signal` aborts; neither is an error, and
 * neither closes the socket. What `parse` throws is thrown once all it gave before was yielded.
 *
 * Bytes are parsed as they arrive: a peer that leaves without having read all it was sent cuts the connection, and what
 * an iterator over the socket still held would be lost. While anything waits to be taken the socket is not read, so the
 * peer is slowed down and what one read gave is all that waits.
 */
export async function* parseSocket<T>(
  socket: Socket,
  parse: (chunk: Buffer) => Iterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  const parsed: T[] = [];
  let failure: { error: unknown } | undefined;
  let isOver = false;
  let wake = () => {};
  const take = (chunk: Buffer) => {
    if (failure !== undefined) return;
    try {
      for (const item of parse(chunk)) parsed.push(item);
    } catch (error) {
      failure = { error };
    }
    socket.pause();
    if (parsed.length === 0 && failure === undefined) setImmediate(goOn);
    else wake();
  };
  // In the next turn of the event loop: libuv reads a socket up to 32 times in one (uv__read in src/unix/stream.c).
  const goOn = () => {
    if (!isOver && parsed.length === 0) socket.resume();
  };
  const stop = () => wake();
  socket.on("data", take);
  socket.once("close", stop);
  signal.addEventListener("abort", stop);
  try {
    while (!signal.aborted) {
      const item = parsed.shift();
      if (item !== undefined) {
        yield item;
      } else if (failure !== undefined) {
        throw failure.error;
      } else if (socket.closed) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
          socket.resume();
        });
      }
    }
  } finally {
    isOver = true;
    socket.off("data", take);
    socket.off("close", stop);
    signal.removeEventListener("abort", stop);
  }
}
