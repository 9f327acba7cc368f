import type { Socket } from "node:net";

/** How long a peer may take to read its goodbye and to leave, in milliseconds. */
const LEAVE_WITHIN_MS = 1000;

/**
 * Sends a peer a last text and closes the connection. What it still sends is read meanwhile and thrown away: to close on
 * unread bytes would cut the connection, and the peer might lose the text with it.
 */
export function sayGoodbye(socket: Socket, text: string): void {
  const timer = setTimeout(() => socket.destroy(), LEAVE_WITHIN_MS);
  socket.once("close", () => clearTimeout(timer));
  socket.resume();
  socket.end(text);
}
