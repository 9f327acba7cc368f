import { LIFETIME_RULE, parseLifetime } from "../auth/lifetime.ts";
import { createTokenKey, readTokenKey } from "../auth/token-key.ts";
import { CAPABILITIES, type Capability, signGrant } from "../auth/tokens.ts";
import { quote } from "../config/problems.ts";
import { CAMERA_NAME } from "../config/schema.ts";
import { stateDirOf } from "../config/state-dir.ts";
import { serverUrls } from "../net/server-urls.ts";
import { EARLIEST } from "../util/clock.ts";
import { SetupError } from "../util/errors.ts";
import { parseTokenOptions } from "./token-options.ts";

const DEFAULT_LIFETIME = "30d";

/**
 * Returns a token and a URL that has it. @throws SetupError for wrong arguments (exit 2), or if the
 * clock is wrong (exit 1).
 */
export async function createToken(args: readonly string[]): Promise<string> {
  const { positionals, loadSettings, lifetime = DEFAULT_LIFETIME, can = "view,snapshot" } = parseTokenOptions(args);
  const cameras = parseCameraNames(positionals);
  const capabilities = parseCapabilities(can);
  const now = Date.now();
  if (now < EARLIEST) {
    const shown = new Date(now).toISOString();
    throw new SetupError(
      `create-token: this machine's clock shows ${shown}, so the token would expire at once. Set the clock first.`,
    );
  }
  const expiresAt = Math.floor(now / 1000) + parseSeconds(lifetime);
  const { stateDir, host, port, basePath, tlsSelfSigned } = await loadSettings();
  const folder = stateDirOf(stateDir, process.env);
  const key = (await readTokenKey(folder)) ?? (await createTokenKey(folder));
  const token = await signGrant(key, { cameras, can: capabilities, expiresAt });
  const path = `${basePath}/${pageFor(cameras, capabilities)}?token=${token}`;
  const urls = serverUrls(host, port, path, tlsSelfSigned ? "https" : "http");
  return `${token}\n${urls[1] ?? urls[0]}\n`;
}

function parseCameraNames([names = "", ...others]: readonly string[]): string[] {
  const cameras = names.split(",");
  if (others.length === 0 && cameras.every((name) => CAMERA_NAME.test(name))) return cameras;
  const given = quote([names, ...others].join(" "));
  throw new SetupError(
    `create-token: ${given} does not name cameras. Give names with commas between them: door,yard.`,
    2,
  );
}

function parseCapabilities(can: string): Capability[] {
  const words = can.split(",");
  if (words.every((word): word is Capability => CAPABILITIES.includes(word as Capability))) return words;
  throw new SetupError(
    `--can: ${quote(can)} is invalid. It must be some of ${CAPABILITIES.join(", ")}, with commas between them.`,
    2,
  );
}

function parseSeconds(lifetime: string): number {
  const seconds = parseLifetime(lifetime);
  if (seconds !== undefined) return seconds;
  throw new SetupError(`--for: ${quote(lifetime)} is invalid. It must be ${LIFETIME_RULE}.`, 2);
}

function pageFor(cameras: readonly string[], can: readonly Capability[]): string {
  const page = `cameras/${cameras[0]}`;
  if (can.includes("view")) return cameras.length > 1 ? "" : page;
  if (can.includes("snapshot")) return `${page}/snapshot.jpg`;
  return can.includes("push") ? `${page}/frames` : `api/${page}/controls`;
}
