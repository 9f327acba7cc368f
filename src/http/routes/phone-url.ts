import type { Request } from "express";
import { serverUrls } from "../../net/server-urls.ts";
import { isLoopbackHost } from "../access/host-names.ts";

/** By the client's host, unless that is this machine. */
export function phoneUrl(request: Request, path: string, host: string): string {
  const { protocol, baseUrl, socket } = request;
  const whole = baseUrl + path;
  // From Express, which believes only trusted proxies.
  const name = `${protocol}://${request.host ?? ""}`;
  // A client may write anything there.
  const requested = new URL(URL.canParse(name) ? name : `${protocol}://localhost:${socket.localPort}`);
  const [, onNetwork] = serverUrls(host, socket.localPort ?? 0, whole, protocol === "https" ? "https" : "http");
  return isLoopbackHost(requested.host) && onNetwork !== undefined ? onNetwork : requested.origin + whole;
}
