import type { WebSocket } from "ws";

/**
 * Asks the other side of a WebSocket every `intervalMs` milliseconds whether it is still there, and ends the connection
 * when it has not answered by the next time: a phone that left the network says nothing.
 */
export function keepAlive(socket: WebSocket, intervalMs: number): void {
  let isAlive = true;
  const timer = setInterval(() => {
    if (!isAlive) {
      socket.terminate();
      return;
    }
    isAlive = false;
    socket.ping();
  }, intervalMs);
  socket.on("pong", () => {
    isAlive = true;
  });
  socket.once("close", () => clearInterval(timer));
}
