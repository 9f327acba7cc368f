import type { WebSocket } from "ws";
import { TokenBucket } from "../../util/token-bucket.ts";

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

/** Clients ping every 10 s or so. Each ping has an answer that waits to be read. */
const PINGS_PER_SECOND = 10;
const PINGS_AT_ONCE = 100;

/** Ends a connection on which more pings come than a client has use for. */
export function limitPings(webSocket: WebSocket): void {
  const allowance = new TokenBucket(PINGS_PER_SECOND, PINGS_AT_ONCE);
  webSocket.on("ping", () => {
    if (!allowance.take(performance.now())) webSocket.terminate();
  });
}
