import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * A client that has shut its own direction may still read, or be gone: that shows only when something is written. One to
 * which nothing is written for this long, in milliseconds, counts as gone; a camera may take as long to start.
 */
const GONE_MS = 10_000;

/**
 * Has a server answer a client that shuts its own direction behind its request (RFC 9112, 9.6), as `printf … | nc` does.
 * Node knows it by a property without documentation (lib/_http_server.js, socketOnEnd), and closes such a connection
 * before the answer is ready by default.
 */
export function answerHalfClosed(server: Server): void {
  Object.assign(server, { httpAllowHalfOpen: true });
}

/** Ends an answer that lasts when its client has shut its direction and nothing is written to it any more. */
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
