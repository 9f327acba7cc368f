import { text as readAll } from "node:stream/consumers";
import { registries } from "../app/registries.ts";
import { LIFETIME_RULE, parseLifetime } from "../auth/lifetime.ts";
import { hashPassword } from "../auth/password-hash.ts";
import { createTokenKey, readTokenKey } from "../auth/token-key.ts";
import { CAPABILITIES, type Capability, signGrant } from "../auth/tokens.ts";
import { parseFlags } from "../config/flags.ts";
import { loadConfig } from "../config/load.ts";
import { Problems, quote } from "../config/problems.ts";
import { CAMERA_NAME, type Settings } from "../config/schema.ts";
import { stateDirOf } from "../config/state-dir.ts";
import { serverUrls } from "../net/server-urls.ts";
import { EARLIEST } from "../util/clock.ts";
import { SetupError } from "../util/errors.ts";
import { askHidden } from "./ask-hidden.ts";

/**
 * `stillstream hash`, `token` and `revoke-tokens`: gives what to print.
 * @throws SetupError when what is given with them is wrong (exit 2), or it cannot be done (exit 1).
 */
export async function runTokenCommand([command, ...args]: readonly string[]): Promise<string> {
  if (command === "hash") return `${await hash(args)}\n`;
  return command === "token" ? await token(args) : await revoke(args);
}

async function hash({ length }: readonly string[]): Promise<string> {
  // Not quoted: it may be the password.
  if (length > 0) throw new SetupError(`hash takes no arguments, got ${length}. ${HOW_TO_HASH}`, 2);
  const { stdin, stderr } = process;
  const password = stdin.isTTY ? await askHidden("Password: ", stdin, stderr) : await readPiped(stdin);
  if (password === "") throw new SetupError("hash reads a password from its input, and there was none", 2);
  return await hashPassword(password);
}

const HOW_TO_HASH = "Type the password when it is asked for, or pipe it in: every user can read a command line.";

async function readPiped(input: NodeJS.ReadableStream): Promise<string> {
  return (await readAll(input)).replace(/\r?\n$/, "");
}

/** A token is good for so long unless told otherwise. */
const DEFAULT_LIFETIME = "30d";

async function token(args: readonly string[]): Promise<string> {
  const { rest, lifetime = DEFAULT_LIFETIME, can = "view,snapshot" } = takeOwn(args);
  const [names = "", ...others] = rest.positionals;
  const cameras = names.split(",");
  const wrong = cameras.find((name) => !CAMERA_NAME.test(name));
  if (wrong !== undefined || others.length > 0) {
    throw new SetupError(
      `token takes names of cameras, with commas between them, got ${quote(rest.positionals.join(" "))}`,
      2,
    );
  }
  const capabilities = can.split(",");
  if (!capabilities.every((word): word is Capability => CAPABILITIES.includes(word as Capability))) {
    throw new SetupError(
      `--can must be some of ${CAPABILITIES.join(", ")}, with commas between them, got ${quote(can)}`,
      2,
    );
  }
  const now = Date.now();
  if (now < EARLIEST) {
    throw new SetupError(
      `no token can be made: the clock of this machine shows ${new Date(now).toISOString()}, so that it would be over at once; set the clock first`,
    );
  }
  const expiresAt = Math.floor(now / 1000) + secondsOf(lifetime);
  const settings = await settingsOf(rest.flags);
  const folder = stateDirOf(settings.stateDir, process.env);
  const key = (await readTokenKey(folder)) ?? (await createTokenKey(folder));
  const signed = await signGrant(key, { cameras, can: capabilities, expiresAt });
  const { host, port, basePath, tlsSelfSigned } = settings;
  const path = `${basePath}/${pageFor(cameras, capabilities)}?token=${signed}`;
  const urls = serverUrls(host, port, path, tlsSelfSigned ? "https" : "http");
  return `${signed}\n${urls[1] ?? urls[0]}\n`;
}

function pageFor(cameras: readonly string[], can: readonly Capability[]): string {
  const page = `cameras/${cameras[0]}`;
  if (can.includes("view")) return cameras.length > 1 ? "" : page;
  if (can.includes("snapshot")) return `${page}/snapshot.jpg`;
  return can.includes("push") ? `${page}/frames` : `api/${page}/controls`;
}

async function revoke(args: readonly string[]): Promise<string> {
  const { rest } = takeOwn(args);
  if (rest.positionals.length > 0) {
    throw new SetupError(`revoke-tokens takes no names: it revokes all, got ${quote(rest.positionals.join(" "))}`, 2);
  }
  const folder = stateDirOf((await settingsOf(rest.flags)).stateDir, process.env);
  await createTokenKey(folder);
  return `Every token that was signed by the key in ${folder} is good no more; a server that runs knows it within two seconds.\n`;
}

function secondsOf(lifetime: string): number {
  const seconds = parseLifetime(lifetime);
  if (seconds === undefined) throw new SetupError(`--for must be ${LIFETIME_RULE}, got ${quote(lifetime)}`, 2);
  return seconds;
}

/** Takes `--for` and `--can` out of the arguments; what is left are the server's own settings, and names. */
function takeOwn(args: readonly string[]) {
  const own = new Map<string, string>();
  const others: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const [, name, value] = /^--(for|can)(?:=(.*))?$/.exec(args[index] as string) ?? [];
    if (name === undefined) others.push(args[index] as string);
    else own.set(name, value ?? args[++index] ?? "");
  }
  const problems = new Problems();
  const flags = parseFlags(others, problems);
  problems.throwIfAny();
  return { rest: { flags, positionals: flags.cameras }, lifetime: own.get("for"), can: own.get("can") };
}

/** As the server would have them, from flags, environment and file. */
async function settingsOf(flags: ReturnType<typeof parseFlags>): Promise<Settings> {
  const given = { ...flags, cameras: [] };
  return (await loadConfig({ flags: given, env: process.env, registries, problems: new Problems() })).settings;
}
