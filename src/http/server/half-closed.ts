import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Only a write shows whether such a client is gone. */
const GONE_MS = 10_000;

/**
 * Answers clients that close their direction behind the request (RFC 9112, 9.6), as `printf … | nc`
 * does. Undocumented property: lib/_http_server.js, socketOnEnd.
 */
export function answerHalfClosed(server: Server): void {
  Object.assign(server, { httpAllowHalfOpen: true });
}

/** Ends a stream whose client closed its direction, once nothing is written any more. */
export function endWhenGone(socket: Socket, response: ServerResponse, goneMs = GONE_MS): void {
  let timer: NodeJS.Timeout | undefined;
  const begin = () => {
    let written = socket.bytesWritten;
    timer ??= setInterval(() => {
      if (socket.bytesWritten === written) response.destroy();
      written = socket.bytesWritten;
    }, goneMs);
  };
  socket.once("end", begin);
  if (socket.readableEnded) begin();
  response.once("close", () => {
    socket.off("end", begin);
    clearInterval(timer);
  });
}
