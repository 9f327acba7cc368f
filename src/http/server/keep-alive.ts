import type { WebSocket } from "ws";

/**
 * Asks the other side of a WebSocket every `intervalMs` milliseconds whether it is still there, and ends the connection
 * when it has said nothing for `missedPings` times in a row: a phone that left the network says nothing.
 */
export function keepAlive(socket: WebSocket, intervalMs: number, missedPings = 1): void {
  let missed = 0;
  const timer = setInterval(() => {
    if (missed >= missedPings) {
      socket.terminate();
      return;
    }
    missed++;
    socket.ping();
  }, intervalMs);
  const isThere = () => {
    missed = 0;
  };
  socket.on("pong", isThere);
  socket.on("message", isThere);
  socket.once("close", () => clearInterval(timer));
}
