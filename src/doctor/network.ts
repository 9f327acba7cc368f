import { createServer } from "node:net";
import { isAnyAddress, serverUrls } from "../net/server-urls.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

export interface NetworkFacts {
  /** What the server listens on, or is to. */
  readonly host: string;
  readonly port: number;
  /** Where others find it, as URLs; empty when nowhere. */
  readonly urls: readonly string[];
  /** Why it could not be listened on; null when it could, or when this server does. */
  readonly refusal: string | null;
}

const ABOUT = "Network";
const FIREWALL =
  "A firewall cannot be seen from inside: if a phone does not get through, open the port, as by `sudo ufw allow PORT/tcp`.";

/** Can others reach the server? */
export function judgeNetwork({ host, port, urls, refusal }: NetworkFacts): Finding[] {
  const findings: Finding[] = [];
  if (refusal === "EADDRINUSE") {
    const fix = "If that is stillstream, all is well, though it may hold the cameras; else choose another with --port.";
    findings.push(note("port", ABOUT, `Port ${port} is in use, as it is while stillstream runs.`, fix));
  } else if (refusal !== null) {
    const fix = "Choose a port above 1023 with --port, and an address of this machine with --host.";
    findings.push(problem("port", ABOUT, `Port ${port} of ${host} cannot be listened on (${refusal}).`, fix));
  }
  if (isLoopback(host)) {
    const fix = "To watch from elsewhere, listen on --host 0.0.0.0, or put a web server in front.";
    return [...findings, note("reach", ABOUT, `It listens on ${host}: only this machine reaches it.`, fix)];
  }
  if (urls.length === 0) {
    const fix = "Connect it to a network, and see its addresses with `ip address`.";
    return [...findings, problem("reach", ABOUT, "This machine has no address that others could reach.", fix)];
  }
  const what = `Others on your network find it at ${urls.join(" or ")}.`;
  return [...findings, { ...ok("reach", ABOUT, what), fix: FIREWALL.replace("PORT", String(port)) }];
}

/** Where a server that listens on `host` and `port` is found. `isListening` says that it does so already. */
export async function inspectNetwork(
  { host, port, basePath, scheme }: { host: string; port: number; basePath: string; scheme: "http" | "https" },
  { isListening }: { isListening: boolean },
): Promise<NetworkFacts> {
  const all = serverUrls(host, port, `${basePath}/`, scheme);
  const urls = isAnyAddress(host) ? all.slice(1) : all;
  return { host, port, urls, refusal: isListening ? null : await tryToListen(host, port) };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", ({ code, message }: NodeJS.ErrnoException) => resolve(code ?? message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
