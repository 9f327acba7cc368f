import { explainSystemError } from "./process/system-errors.ts";

/**
 * The program cannot start or go on as asked. The message is for a person: what was wrong, the value received, what
 * would be right. `exitCode` is 2 when the input was bad, 1 when the machine is not up to it.
 */
export class SetupError extends Error {
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1, options?: ErrorOptions) {
    super(message, options);
    this.name = "SetupError";
    this.exitCode = exitCode;
  }
}

/** Returns one plain line about anything thrown, without stack or passwords; `hide` hides those that it knows. */
export function describeError(error: unknown, hide = (text: string) => text): string {
  const text = explainSystemError(error) ?? (error instanceof Error ? error.message || error.name : String(error));
  return hideSecrets(hide(text));
}

/** Ends a message with a period, unless it ends a sentence already. */
export function asSentence(message: string): string {
  return /[.!?…]$/.test(message) ? message : `${message}.`;
}

/** What a JWT consists of: three words of base64url with dots between them. Every character is looked at once. */
const DOTTED_WORDS = /[\w-]+(?:\.[\w-]+)*/g;

/** A JWT in JSON and base64 begins so, for it begins with `{"` (RFC 7515, 7.1). */
const TOKEN_START = /\beyJ/;

/** A parameter of a query whose name says that its value is a secret. */
const SECRET_PARAMETER =
  /([?&](?:[\w-]*(?:token|passw(?:or)?d|passphrase|pwd|secret|api_?key)|pass|pw|key|psk|sig|signature|auth)=)[^&\s"']+/gi;

/**
 * Before the host of a URL. A slash is a part of a password where what is before it is no port. No password is longer:
 * without a bound, each `//` of a text would be followed to its end.
 */
const CREDENTIALS = /\/\/([^\s/]+|[^\s/:@]+:(?!\d{1,5}[/?#])[^\s"'@]{1,512})@/g;

/**
 * Hides secrets by their form, for what no one knows by its value: the last net, under the redactors that know a camera's address.
 * Replaces every token, the password in every `//user:password@` of `text`, and a lone `//token@`, by `***`. What belongs to it ends
 * at the last `@` before the host, as ffmpeg reads URLs, since people do not escape theirs.
 */
export function hideSecrets(text: string): string {
  const tokenless = text.replace(DOTTED_WORDS, withoutToken).replace(SECRET_PARAMETER, "$1***");
  return tokenless.replace(CREDENTIALS, (_match, credentials: string) => {
    const [user = "", ...password] = credentials.split(":");
    return password.length === 0 ? "//***@" : `//${user}:***@`;
  });
}

function withoutToken(words: string): string {
  const at = words.search(TOKEN_START);
  return at >= 0 && words.slice(at).split(".").length >= 3 ? `${words.slice(0, at)}***` : words;
}
