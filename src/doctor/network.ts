import { createServer } from "node:net";
import { isAnyAddress, serverUrls } from "../net/server-urls.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

export interface NetworkFacts {
  readonly host: string;
  readonly port: number;
  readonly urls: readonly string[];
  /** Null if the port can be opened, or if this server has it. */
  readonly refusal: string | null;
}

const ABOUT = "Network";
const FIREWALL =
  "A firewall cannot be seen from this machine. If a phone cannot connect, open the port, such as with `sudo ufw allow PORT/tcp`.";

/** Judges whether other machines reach the server. */
export function judgeNetwork({ host, port, urls, refusal }: NetworkFacts): Finding[] {
  const findings: Finding[] = [];
  if (refusal === "EADDRINUSE") {
    const fix = "If stillstream runs, all is well, but it may use the cameras. Else choose another port with --port.";
    findings.push(note("port", ABOUT, `A program uses port ${port}, as stillstream does while it runs.`, fix));
  } else if (refusal !== null) {
    const fix = "Choose a port above 1023 with --port, and an address of this machine with --host.";
    findings.push(problem("port", ABOUT, `The server cannot listen on port ${port} of ${host} (${refusal}).`, fix));
  }
  if (isLoopback(host)) {
    const fix = "To watch from other machines, use --host 0.0.0.0, or a web server as a proxy.";
    return [...findings, note("reach", ABOUT, `The server listens on ${host}, which only this machine reaches.`, fix)];
  }
  if (urls.length === 0) {
    const fix = "Connect this machine to a network, and check `ip address`.";
    return [...findings, problem("reach", ABOUT, "This machine has no address that other machines reach.", fix)];
  }
  const what = `Other machines on your network reach the server at ${urls.join(" or ")}.`;
  return [...findings, { ...ok("reach", ABOUT, what), fix: FIREWALL.replace("PORT", String(port)) }];
}

/** Finds the URLs of a server, and tries its port if nothing `isListening`. */
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
