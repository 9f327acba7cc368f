import type { Request } from "express";
import { serverUrls } from "../../net/server-urls.ts";

/**
 * Where a phone finds a path of ours: by the name the request was for, unless that means this very machine. `host` is what
 * the server listens on.
 */
export function phoneUrl(request: Request, path: string, host: string): string {
  const { protocol, baseUrl, socket } = request;
  const whole = baseUrl + path;
  // Of Express, which believes trusted proxies alone.
  const name = `${protocol}://${request.host ?? ""}`;
  // A client may write anything there.
  const asked = new URL(URL.canParse(name) ? name : `${protocol}://localhost:${socket.localPort}`);
  const [, onNetwork] = serverUrls(host, socket.localPort ?? 0, whole, protocol === "https" ? "https" : "http");
  return isLoopback(asked.hostname) && onNetwork !== undefined ? onNetwork : asked.origin + whole;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}
