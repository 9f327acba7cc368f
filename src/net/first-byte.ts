import type { Socket } from "node:net";

/**
 * Looks at the first byte of a connection and tells it, leaving it to be read again. A connection that brings none for
 * `timeoutMs` milliseconds, or ends before, is closed, and nothing is told.
 */
export function firstByte(socket: Socket, timeoutMs: number, tell: (byte: number) => void): void {
  const close = () => socket.destroy();
  const timer = setTimeout(close, timeoutMs);
  const look = () => {
    const bytes = socket.read(1) as Buffer | null;
    if (bytes === null) return;
    clearTimeout(timer);
    socket.off("readable", look).off("end", close);
    socket.unshift(bytes);
    tell(bytes[0] as number);
  };
  // It stays: who takes the connection over listens a moment later.
  socket.on("error", () => {});
  socket.once("close", () => clearTimeout(timer));
  socket.on("end", close).on("readable", look);
}
