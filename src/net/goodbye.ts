import type { Socket } from "node:net";

const LEAVE_WITHIN_MS = 1000;

/**
 * Sends a last text and closes. Discards what the peer still sends: closing on unread bytes would
 * reset the connection, and could lose the text.
 */
export function sayGoodbye(socket: Socket, text: string): void {
  const timer = setTimeout(() => socket.destroy(), LEAVE_WITHIN_MS);
  socket.once("close", () => clearTimeout(timer));
  socket.resume();
  socket.end(text);
}
