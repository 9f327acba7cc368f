import { createTokenKey } from "../auth/token-key.ts";
import { quote } from "../config/problems.ts";
import { stateDirOf } from "../config/state-dir.ts";
import { SetupError } from "../util/errors.ts";
import { parseTokenOptions } from "./token-options.ts";

/**
 * Runs `stillstream revoke-tokens`: replaces the key that signs tokens, which ends every token and
 * session.
 * @throws SetupError for names of cameras (exit 2).
 */
export async function revokeTokens(args: readonly string[]): Promise<string> {
  const { positionals, loadSettings } = parseTokenOptions(args);
  if (positionals.length > 0) {
    const given = quote(positionals.join(" "));
    throw new SetupError(`revoke-tokens: ${given} is too much. It revokes all tokens: give no names.`, 2);
  }
  const folder = stateDirOf((await loadSettings()).stateDir, process.env);
  await createTokenKey(folder);
  return `All tokens and sessions signed by the key in ${folder} are revoked. A running server notices within 2 s.\n`;
}
