import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { until } from "../deferred.ts";
import { FAKE_FRAMES, peerScript } from "../paths.ts";
import { PYTHON } from "../tools.ts";

interface UpstreamRequest {
  /** The query's `id`, which tells requests apart: an earlier request may be reported late. */
  readonly id: string;
  readonly port: number;
  readonly path: string;
  readonly authorization: string;
  /** Milliseconds of a monotonic clock. */
  readonly at: number;
}

/** A Python server of streams and snapshots (upstream.py), running. */
export interface Upstream {
  /** `//127.0.0.1:PORT`, the form of the `http` driver's address. */
  readonly address: string;
  /** The same server on another port, which is another origin. */
  readonly otherAddress: string;
  readonly requests: readonly UpstreamRequest[];
  close(): Promise<void>;
}

/** Starts upstream.py with these files; over TLS if given a certificate and its key. */
export async function startUpstream(
  tls?: { certificate: string; key: string },
  pictures: readonly string[] = FAKE_FRAMES,
): Promise<Upstream> {
  const script = peerScript("upstream.py");
  const tlsArguments = tls === undefined ? [] : ["--tls", tls.certificate, tls.key];
  const child = spawn(PYTHON, [script, ...tlsArguments, ...pictures], { stdio: ["pipe", "pipe", "inherit"] });
  let ports: readonly number[] | undefined;
  const requests: UpstreamRequest[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const fact = JSON.parse(line);
    if (ports === undefined) ports = fact.ports;
    else requests.push(fact);
  });
  const [port, otherPort] = await until("upstream.py listens", () => ports);
  return {
    address: `//127.0.0.1:${port}`,
    otherAddress: `//127.0.0.1:${otherPort}`,
    requests,
    async close() {
      const closed = once(child, "close");
      child.stdin.end();
      await closed;
    },
  };
}
