import type { WebSocket } from "ws";
import { TokenBucket } from "../../util/token-bucket.ts";

/** Terminates after `missedPings` intervals of silence. */
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

/** Clients ping every 10 s or so. Each pong waits in memory. */
const PINGS_PER_SECOND = 10;
const PINGS_AT_ONCE = 100;

/** Terminates a WebSocket that pings more than a client needs. */
export function limitPings(webSocket: WebSocket): void {
  const allowance = new TokenBucket(PINGS_PER_SECOND, PINGS_AT_ONCE);
  webSocket.on("ping", () => {
    if (!allowance.take(performance.now())) webSocket.terminate();
  });
}
