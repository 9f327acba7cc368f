import type { Socket } from "node:net";

/**
 * Yields what `parse` returns until the socket closes or `signal` aborts.
 *
 * Parses at once: a peer that leaves with unread data resets the connection, which would lose what
 * an iterator holds. Stops reading while items wait.
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
  // libuv reads a socket up to 32 times a turn (uv__read in src/unix/stream.c).
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
