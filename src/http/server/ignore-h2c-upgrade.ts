import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

/**
 * Has a request that asked for another protocol answered as if it had not, which a server may (RFC 9110, 7.8): Java's
 * HttpClient, and `curl --http2`, ask for HTTP/2 with every first request. Node has left off reading at the request's head:
 * it is put back, and the connection given to `take` as if it were new.
 */
export function ignoreH2cUpgrade(
  { method, url, httpVersion, rawHeaders }: IncomingMessage,
  socket: Socket,
  head: Buffer,
  take: (socket: Socket) => void,
): void {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (!/^(upgrade|connection|http2-settings)$/i.test(name)) lines.push(`${name}: ${rawHeaders[index + 1]}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
  take(socket);
}
