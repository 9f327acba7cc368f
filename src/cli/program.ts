import { closeSync, openSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { isatty } from "node:tty";
import { ConfigReloader } from "../app/config-reloader.ts";
import { registries } from "../app/registries.ts";
import type { StillstreamServer } from "../app/server.ts";
import { type Flags, parseFlags } from "../config/flags.ts";
import { helpText } from "../config/help.ts";
import { configFileOf, loadConfig } from "../config/load.ts";
import { Problems } from "../config/problems.ts";
import type { Config } from "../config/schema.ts";
import { devicesText, findCamera } from "../drivers/list-devices.ts";
import { fileReader } from "../drivers/picture/file-reader.ts";
import { parseServiceOptions } from "../systemd/options.ts";
import { reapOrphans } from "../systemd/reap-orphans.ts";
import { ServiceManager } from "../systemd/service-manager.ts";
import { explainTimeZone } from "../transform/overlay/time-zone.ts";
import { unlessLate } from "../util/bulkhead.ts";
import { describeError, SetupError } from "../util/errors.ts";
import { readSettingsFile, withSettingsFile } from "../util/files/settings-files.ts";
import { hangingCalls } from "../util/hanging.ts";
import { type Logger, logWarnings, openLog } from "../util/log/logger.ts";
import { StandardStream } from "../util/log/standard-stream.ts";
import { printable } from "../util/printable.ts";
import { killEndingGroups } from "../util/process/child-process.ts";
import { collectLessOften } from "../util/process/v8-heap.ts";
import { endProcess } from "./end-process.ts";
import { createOldNameWarning } from "./old-names.ts";
import { hideArguments } from "./process-title.ts";
import { startupBanner } from "./startup-banner.ts";

/*
 * What not every start needs is loaded when it is needed: the server is a third of what there is to load, and each
 * command a sixth, which on a small Pi are seconds.
 */

const output = new StandardStream(1);
const errors = new StandardStream(2);

/** Runs the program by its command line: a command to its end, or the server until a signal stops it. */
export function run(): void {
  hideArguments();
  collectLessOften();
  if (process.pid === 1) handleStop(() => void exit(0));
  process.on("uncaughtException", fail);
  main().catch(fail);
}

async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  if (["hash", "token", "revoke-tokens"].includes(argv[0] ?? "")) {
    const { runTokenCommand } = await import("./tokens.ts");
    print(await runTokenCommand(argv));
    return;
  }
  const serviceOptions = parseServiceOptions(argv);
  if (serviceOptions !== undefined) {
    const { runServiceCommand } = await import("./service.ts");
    print(await runServiceCommand(serviceOptions, registries));
    return;
  }
  const problems = new Problems();
  const flags = parseFlags(argv, problems);
  if (flags.help) {
    print(helpText(registries));
    return;
  }
  if (flags.version) {
    print(`${await readVersion()}\n`);
    return;
  }
  if (flags.cameras[0] === "devices") {
    print(await devicesText());
    return;
  }
  const isDoctor = flags.cameras[0] === "doctor";
  const given = isDoctor ? { ...flags, cameras: flags.cameras.slice(1) } : flags;
  // What is changed while the server starts differs from this, and is read again.
  const file = await readConfigText(configFileOf(given, process.env)?.path);
  const load = createLoad(given);
  const config = await load(problems);
  if (isDoctor) {
    const { runDoctor } = await import("./doctor.ts");
    const { text, isWell } = await runDoctor(config);
    print(text);
    process.exitCode = isWell ? 0 : 1;
    return;
  }
  const log = await openLog(config.settings.logLevel, errors);
  logWarnings(log);
  const warnOfOldNames = createOldNameWarning(log);
  warnOfOldNames(config);
  const timeZone = explainTimeZone(process.env["TZ"]);
  if (timeZone !== undefined) log.warn(timeZone);
  await reapOrphans();
  const service = await ServiceManager.open(process.env, log);
  const { StillstreamServer } = await import("../app/server.ts");
  const server = new StillstreamServer(config, log, { linesLost: () => errors.lost });
  const started = server.start();
  const change = async (next: Config) => {
    warnOfOldNames(next);
    return await started.then(() => server.apply(next));
  };
  const reload = new ConfigReloader({
    path: file?.path,
    load: () => load(new Problems()),
    apply: change,
    settings: config.settings,
    log,
  });
  followSignals(server, service, reload, log);
  const port = await started;
  if (file !== undefined) reload.watch(file.text);
  if (server.address !== undefined) service.ready({ address: server.address, status: () => server.summary });
  print(await startupBanner(config, port, await readVersion()));
}

/** Others may have chosen what is in it: a camera's own name, or what its server answers. */
function print(text: string): void {
  output.write(printable(text));
}

/**
 * A stop that takes longer than this, in milliseconds, is forced: the process ends within 2.5 s, last words included, and a service
 * manager is told 3 s.
 */
const STOP_TIMEOUT_MS = 2000;

/** The first signal stops the server politely, a second at once. One that hangs up has it read its configuration again. */
function followSignals(
  server: StillstreamServer,
  service: ServiceManager,
  reload: ConfigReloader,
  log: Pick<Logger, "warn">,
): void {
  let stopping = false;
  const force = () => {
    const what = hangingCalls();
    const hanging = what.length === 0 ? "" : `; these calls hang: ${what.join(", ")}`;
    log.warn(`The server has not stopped in ${STOP_TIMEOUT_MS / 1000} s, and is ended${hanging}`);
    void exit(0);
  };
  const stop = () => {
    if (stopping) {
      void exit(1);
      return;
    }
    stopping = true;
    service.stopping();
    reload.close();
    setTimeout(force, STOP_TIMEOUT_MS);
    server.stop().then(() => exit(0), fail);
  };
  handleStop(stop);
  // There it says that the console is closed, and the program is to end.
  if (process.platform === "win32") return;
  // nohup takes the terminal away from standard input. Node resets the signal that nohup ignores.
  const isOnTerminal = hasTerminal() && isatty(0);
  const hangUp = () => {
    if (!isOnTerminal || hasTerminal()) {
      void reload.reload();
      return;
    }
    // So does a terminal whose window was closed: then it ends the program, which can say nothing any more.
    process.off("SIGHUP", hangUp);
    process.kill(process.pid, "SIGHUP");
  };
  process.on("SIGHUP", hangUp);
}

/** Handles what asks the program to stop, in place of what handled it so far (main.ts). */
function handleStop(stop: () => void): void {
  for (const signal of ["SIGINT", "SIGTERM"]) process.removeAllListeners(signal).on(signal, stop);
}

/** Reads the configuration, now and as often as it is to be read again. */
function createLoad(flags: Flags): (problems: Problems) => Promise<Config> {
  let found: Awaited<ReturnType<typeof findCamera>>;
  const findOnce = async () => {
    // Once it is in use, it might not be found again.
    found ??= await findCamera();
    return found;
  };
  return (problems) => loadConfig({ flags, env: process.env, registries, problems, findCamera: findOnce });
}

/** What the configuration file holds; undefined where there is none, or none that can be read twice, such as a pipe. */
async function readConfigText(path = ""): Promise<{ path: string; text: string } | undefined> {
  const isFile = await withSettingsFile(`Looking at ${path}`, () => stat(path)).then(
    (found) => found.isFile(),
    unlessLate(false),
  );
  return isFile ? { path, text: await readSettingsFile(path).catch(unlessLate("")) } : undefined;
}

/** Whether there is a terminal that controls this process (tty(4)). */
function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch (error) {
    // There is one, and no descriptor left to open it by.
    return /^E[MN]FILE$/.test((error as NodeJS.ErrnoException).code ?? "");
  }
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Says what is wrong in one sentence, never with a stack trace, and ends. */
function fail(error: unknown): void {
  errors.write(printable(`stillstream: ${describeError(error)}\n`));
  void exit(error instanceof SetupError ? error.exitCode : 1);
}

/** How long what is still to be written may take once the program ends, in milliseconds. */
const LAST_WORDS_MS = 200;

async function exit(status: number): Promise<void> {
  await Promise.all([output.finish(LAST_WORDS_MS), errors.finish(LAST_WORDS_MS)]);
  killEndingGroups();
  fileReader.end();
  endProcess(status);
}
