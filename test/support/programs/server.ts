import type { TestContext } from "node:test";
import { ConfigReloader } from "../../../src/app/config-reloader.ts";
import { registries } from "../../../src/app/registries.ts";
import { StillstreamServer } from "../../../src/app/server.ts";
import { startupBanner } from "../../../src/cli/startup-banner.ts";
import { parseFlags } from "../../../src/config/flags.ts";
import { type ConfigSources, configFileOf, loadConfig } from "../../../src/config/load.ts";
import { Problems } from "../../../src/config/problems.ts";
import { servesTls } from "../../../src/config/schema.ts";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { describeError, SetupError } from "../../../src/util/errors.ts";
import { openLog } from "../../../src/util/log/logger.ts";
import type { StandardStream } from "../../../src/util/log/standard-stream.ts";
import { printable } from "../../../src/util/printable.ts";

/** The server of a command line, in the process of the test. */
export interface Server {
  /** Without a trailing slash, with the base path. */
  readonly url: string;
  readonly port: number;
  /** Returns what the program would print at start. */
  output(): string;
  /** Returns its log: a JSON object a line. */
  errors(): string;
  /** Returns the log's messages about one camera, or about none. */
  logOf(camera?: string): string[];
  /** Reads the configuration file again, as at SIGHUP. */
  reload(): Promise<void>;
  /** Starts to watch the configuration file, which has this text. */
  watch(text: string): void;
  cameras(): Promise<CameraReport[]>;
  report(camera: string): Promise<CameraReport>;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** The environment of the settings. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of the configuration file. */
  readonly pollMs?: number;
  /** Finds a camera if none is given. @default finds none */
  readonly findCamera?: ConfigSources["findCamera"];
}

/**
 * Starts the server of a command line on a free port of 127.0.0.1; stops it when the test ends.
 * @throws SetupError
 */
export async function startServer(
  t: TestContext,
  args: readonly string[],
  { env = {}, pollMs, findCamera }: ServerOptions = {},
): Promise<Server> {
  const problems = new Problems();
  const flags = parseFlags(["--host", "127.0.0.1", "--port", "0", ...args], problems);
  const load = (each = new Problems()) =>
    loadConfig({ flags, env, registries, problems: each, ...(findCamera && { findCamera }) });
  const config = await load(problems);
  const { settings } = config;
  const written: string[] = [];
  const log = await openLog(settings.logLevel, {
    isTerminal: false,
    write: (line: string) => void written.push(line),
  } as StandardStream);
  const server = new StillstreamServer(config, log);
  const reloader = new ConfigReloader({
    path: configFileOf(flags, env)?.path,
    load,
    apply: (next) => server.apply(next),
    settings,
    log,
    ...(pollMs !== undefined && { pollMs }),
  });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    reloader.close();
    stopped ??= server.stop();
    return stopped;
  };
  t.after(stop);
  const port = await server.start();
  const banner = await startupBanner(config, port, "0.0.0");
  const url = `${servesTls(settings) ? "https" : "http"}://127.0.0.1:${port}${settings.basePath}`;
  const get = async <T>(path: string) => (await (await fetch(`${url}${path}`)).json()) as T;
  return {
    url,
    port,
    output: () => banner,
    errors: () => written.join(""),
    logOf: (camera) =>
      written
        .map((line) => JSON.parse(line) as { camera?: string; output?: string; msg: string })
        .filter((entry) => entry.camera === camera && entry.output === undefined)
        .map(({ msg }) => msg),
    reload: () => reloader.reload(),
    watch: (text) => reloader.watch(text),
    cameras: async () => (await get<{ cameras: CameraReport[] }>("/api/cameras")).cameras,
    report: (camera) => get<CameraReport>(`/api/cameras/${camera}`),
    stop,
  };
}

/** Why something cannot start: the exit status, and what the program writes to standard error. */
export interface Refusal {
  readonly status: number;
  readonly stderr: string;
}

/** Starts the server of a command line, and returns why it cannot start. */
export function refusalOf(t: TestContext, args: readonly string[], options?: ServerOptions): Promise<Refusal> {
  return refused(() => startServer(t, args, options));
}

/** Calls a function that must throw a `SetupError`, and returns what the program makes of it. */
export async function refused(call: () => Promise<unknown>): Promise<Refusal> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { status: error.exitCode, stderr: printable(`stillstream: ${describeError(error)}\n`) };
  }
  throw new Error("It was not refused.");
}
