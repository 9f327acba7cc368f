import { readFile } from "node:fs/promises";
import { registries } from "../app/registries.ts";
import { parseFlags } from "../config/flags.ts";
import { helpText } from "../config/help.ts";
import { Problems } from "../config/problems.ts";
import { collectLessOften } from "../util/process/v8-heap.ts";
import { errors, exit, fail, print } from "./exit.ts";
import { hideArguments } from "./process-title.ts";
import { handleStop } from "./signals.ts";

/** Runs one command with the arguments behind its name, and returns what to print. */
type Command = (args: readonly string[]) => Promise<string>;

/*
 * Each command is loaded only when it runs: the server is a third of what there is to load, and
 * each command a sixth, which takes seconds on a small Raspberry Pi.
 */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  devices: async () => (await import("../drivers/list-devices.ts")).devicesText,
  doctor: async () => (await import("./doctor.ts")).doctor,
  "install-service": async () => (await import("./install-service.ts")).installService,
  "uninstall-service": async () => (await import("./uninstall-service.ts")).uninstallService,
  "hash-password": async () => (await import("./hash-password.ts")).printPasswordHash,
  "create-token": async () => (await import("./create-token.ts")).createToken,
  "revoke-tokens": async () => (await import("./revoke-tokens.ts")).revokeTokens,
};

/** Old names of commands, which work for one more release. */
const OLD_NAMES: Readonly<Record<string, string>> = { hash: "hash-password", token: "create-token" };

/** Options of commands that take no value, so that the name of a command may follow them. */
const OWN_SWITCHES = ["--dry-run", "--socket"];

/** Runs a command to its end, or the server until a signal stops it. */
export function run(): void {
  hideArguments();
  collectLessOften();
  // The first process of a container gets no signal that it does not handle (pid_namespaces(7)).
  if (process.pid === 1) handleStop(() => void exit(0));
  process.on("uncaughtException", fail);
  main(process.argv.slice(2)).catch(fail);
}

async function main(argv: readonly string[]): Promise<void> {
  const { name, args } = findCommand(argv);
  const load = COMMANDS[name];
  if (load !== undefined) {
    const command = await load();
    print(await command(args));
    return;
  }
  const problems = new Problems();
  const flags = parseFlags(argv, problems);
  if (flags.help) {
    print(helpText(registries));
  } else if (flags.version) {
    print(`${await readVersion()}\n`);
  } else {
    const { serve } = await import("./serve.ts");
    await serve(flags, problems, await readVersion());
  }
}

/**
 * Finds the command, which may follow options, as in `--port 80 doctor`; its name is "" for the
 * server.
 */
function findCommand(argv: readonly string[]): { name: string; args: readonly string[] } {
  const none = { name: "", args: argv };
  if (argv.includes("--help") || argv.includes("-h")) return none;
  const old = OLD_NAMES[argv[0] ?? ""];
  if (old !== undefined) {
    errors.write(`stillstream: "${argv[0]}" works for one more release. Use "stillstream ${old}".\n`);
    return { name: old, args: argv.slice(1) };
  }
  const others = argv.filter((argument) => !OWN_SWITCHES.includes(argument));
  const [name = ""] = parseFlags(others, new Problems()).cameras;
  if (!Object.hasOwn(COMMANDS, name)) return none;
  const at = argv.indexOf(name);
  return { name, args: argv.toSpliced(at, 1) };
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
