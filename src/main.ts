#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { parseFlags } from "./config/flags.ts";
import { helpText } from "./config/help.ts";
import { loadConfig } from "./config/load.ts";
import { Problems } from "./config/problems.ts";
import { describeError, SetupError } from "./core/errors.ts";
import { devicesText, findCamera } from "./devices.ts";
import { collectLessOften } from "./heap.ts";
import { kinds } from "./kinds.ts";
import { createLog } from "./log.ts";
import type { StillstreamServer } from "./server.ts";
import { ownOptions } from "./service/options.ts";
import { Service } from "./service/service.ts";
import { welcome } from "./welcome.ts";

/*
 * What not every start needs is loaded when it is needed: the server is a third of what there is to load, and each
 * command a sixth, which on a small Pi are seconds.
 */

async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  if (["hash", "token", "revoke-tokens"].includes(argv[0] ?? "")) {
    const { runTokenCommand } = await import("./token-commands.ts");
    process.stdout.write(await runTokenCommand(argv));
    return;
  }
  const serviceOptions = ownOptions(argv);
  if (serviceOptions !== undefined) {
    const { runServiceCommand } = await import("./service/command.ts");
    process.stdout.write(await runServiceCommand(serviceOptions, kinds));
    return;
  }
  const problems = new Problems();
  const flags = parseFlags(argv, problems);
  if (flags.help) {
    process.stdout.write(helpText(kinds));
    return;
  }
  if (flags.version) {
    process.stdout.write(`${await readVersion()}\n`);
    return;
  }
  if (flags.cameras[0] === "devices") {
    process.stdout.write(await devicesText());
    return;
  }
  const isDoctor = flags.cameras[0] === "doctor";
  const given = isDoctor ? { ...flags, cameras: flags.cameras.slice(1) } : flags;
  const config = await loadConfig({ flags: given, env: process.env, kinds, problems, findCamera });
  if (isDoctor) {
    const { runDoctor } = await import("./doctor/command.ts");
    const { text, isWell } = await runDoctor(config);
    process.stdout.write(text);
    process.exitCode = isWell ? 0 : 1;
    return;
  }
  const log = await createLog(config.settings.logLevel);
  const service = await Service.open(process.env, log);
  const { StillstreamServer } = await import("./server.ts");
  const server = new StillstreamServer(config, log);
  stopOnSignals(server, service);
  const port = await server.start();
  if (server.address !== undefined) service.ready({ address: server.address, status: () => server.summary });
  process.stdout.write(await welcome(config, port, await readVersion()));
}

/** What stops after this long, in milliseconds, is left to the system: a service manager is told 3 s. */
const STOP_TIMEOUT_MS = 2500;

/** The first signal stops the server politely, a second at once. */
function stopOnSignals(server: StillstreamServer, service: Service): void {
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1);
    stopping = true;
    service.stopping();
    setTimeout(() => process.exit(0), STOP_TIMEOUT_MS);
    server.stop().then(() => process.exit(0), fail);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Says what is wrong in one sentence, never with a stack trace, and ends. */
function fail(error: unknown): void {
  process.stderr.write(`stillstream: ${describeError(error)}\n`);
  process.exit(error instanceof SetupError ? error.exitCode : 1);
}

collectLessOften();
process.on("uncaughtException", fail);
main().catch(fail);
