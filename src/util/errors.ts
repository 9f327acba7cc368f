/**
 * The program cannot start or go on; the message is for people. `exitCode` is 2 for bad input, 1
 * for a machine that cannot.
 */
export class SetupError extends Error {
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1, options?: ErrorOptions) {
    super(message, options);
    this.name = "SetupError";
    this.exitCode = exitCode;
  }
}

/** Describes an error in one line, without stack or passwords. */
export function describeError(error: unknown, hide = (text: string) => text): string {
  const text = explainSystemError(error) ?? (error instanceof Error ? error.message || error.name : String(error));
  return hideSecrets(hide(text));
}

/** Ends a message with a period. */
export function asSentence(message: string): string {
  return /[.!?…]$/.test(message) ? message : `${message}.`;
}

/** As in a JWT. Each character is visited once. */
const DOTTED_WORDS = /[\w-]+(?:\.[\w-]+)*/g;

/** The start of a JWT, whose JSON begins with `{"` (RFC 7515, 7.1). */
const TOKEN_START = /\beyJ/;

const SECRET_PARAMETER =
  /([?&](?:[\w-]*(?:token|passw(?:or)?d|passphrase|pwd|secret|api_?key)|pass|pw|key|psk|sig|signature|auth)=)[^&\s"']+/gi;

/**
 * A slash belongs to the password unless a port is before it. Bounded, or each `//` would be
 * followed to the text's end.
 */
const CREDENTIALS = /\/\/([^\s/]+|[^\s/:@]+:(?!\d{1,5}[/?#])[^\s"'@]{1,512})@/g;

/**
 * Hides secrets by their form, as `***`: the last net under redactors. Credentials end at the last
 * `@` before the host, as ffmpeg reads URLs.
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

function explainSystemError(error: unknown): string | undefined {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  // A socket's EAGAIN means something else.
  if (code === "EAGAIN" && syscall?.startsWith("spawn") !== true) return undefined;
  return code === undefined ? undefined : SENTENCES.get(code);
}

/** errno(3). */
const SENTENCES: ReadonlyMap<string, string> = new Map([
  [
    "EMFILE",
    "this process has as many files open as it may; raise the limit with ulimit -n, or LimitNOFILE= in its service",
  ],
  ["ENFILE", "the system has as many files open as it can; raise fs.file-max, or close other programs"],
  [
    "EAGAIN",
    "the system starts no more processes for this user; raise the limit with ulimit -u, or TasksMax= in its service",
  ],
  ["ENOMEM", "the system has no memory left; close other programs, or add memory"],
  ["ENOSPC", "the disk is full; delete files there"],
]);
