import { request } from "node:http";
import type { AddressInfo } from "node:net";

/** Where all addresses are listened on, this machine is reached so. */
const LOOPBACK: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/**
 * Whether the server at an address answers HTTP in time: anything at all, since a camera that is unplugged is no reason to start the
 * program again. A port of TLS answers plain HTTP too, with a redirect.
 */
export function isAnswering({ address, port }: AddressInfo, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({
      host: LOOPBACK[address] ?? address,
      port,
      method: "HEAD",
      path: "/healthz",
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
    });
    asked.on("response", (response) => {
      response.resume();
      resolve(true);
    });
    asked.on("error", () => resolve(false));
    asked.end();
  });
}
