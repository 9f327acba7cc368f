import { createHash } from "node:crypto";
import { connect } from "node:net";

/* What a hostile WebSocket client sends, byte by byte (RFC 6455). */

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** The value that the server's handshake must contain (RFC 6455, 4.2.2). */
export const ACCEPT = createHash("sha1").update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

/** Returns the request for a WebSocket at a path. */
export function handshake(path: string): Buffer {
  return Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
}

/**
 * Sends pieces to a port of 127.0.0.1 over a new connection. Returns the answer when either side
 * has ended the connection.
 */
export function exchange(port: number, pieces: readonly Buffer[]): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("data", (bytes) => (answer += bytes.toString("latin1")));
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve(answer));
    // Usually each in its own TCP segment.
    socket.setNoDelay(true);
    for (const piece of pieces) socket.write(piece);
    socket.end();
  });
}
