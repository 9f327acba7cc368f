import { percentDecoded } from "./encoded.ts";

/** People do not escape `@`, `:`, `/`, `?` and `#` in passwords. */
export interface Place {
  /** All possible readings. */
  readonly credentials: readonly string[];
  /** Undefined if uncertain. */
  readonly host: string | undefined;
  readonly rest: string;
}

/** Parses what follows the `://` of a URL. */
export function placeOf(text: string): Place {
  const first = readTo(text, text.search(/[/?#]|$/));
  const at = text.lastIndexOf("@");
  const second = at < first.end ? undefined : readTo(text, at + 1 + text.slice(at + 1).search(/[/?#]|$/));
  if (second === undefined || !isHost(second.host) || second.host === "") return certain(first);
  // An @ after the first slash: is it in the path, or the slash in the password?
  if (!isHost(first.host)) return certain(second);
  if (first.credentials === undefined && /^([\d.]+|\[.*\]|localhost|[^:.]*\.[^:]*)(:\d+)?$/i.test(first.host)) {
    const isCertain = !first.host.includes(":") || /^[\d.]+:|\[|^localhost/i.test(first.host);
    if (isCertain) return certain(first);
  }
  const credentials = [first.credentials, second.credentials, first.host].filter((one) => one !== undefined);
  return { credentials, host: undefined, rest: text.slice(first.end) };
}

interface Reading {
  readonly credentials: string | undefined;
  readonly host: string;
  readonly end: number;
  readonly rest: string;
}

function readTo(text: string, end: number): Reading {
  const authority = text.slice(0, end);
  const at = authority.lastIndexOf("@");
  const credentials = at < 0 ? undefined : authority.slice(0, at);
  return { credentials, host: authority.slice(at + 1), end, rest: text.slice(end) };
}

function certain({ credentials, host, rest }: Reading): Place {
  const all = credentials === undefined ? [] : [credentials];
  return isHost(host) ? { credentials: all, host, rest } : { credentials: [...all, host], host: undefined, rest };
}

/** RFC 3986, 3.2.2 and 3.2.3: a host, a port, or both. */
function isHost(text: string): boolean {
  const match = /^(?:\[[\da-f:.%\w]+\]|[\p{L}\p{N}._~%*-]*)(?::(\d{1,5}))?$/iu.exec(text);
  return match !== null && Number(match[1] ?? 0) <= 65_535;
}

export interface Secret {
  readonly text: string;
  readonly anywhere: boolean;
}

/** Returns the passwords, tokens and keys of an address. */
export function secretsOf({ credentials, rest }: Place): Secret[] {
  const [path = "", ...queries] = rest.split(/[?#]/);
  return [...credentials.flatMap(secretsOfCredentials), ...secretsOfPath(path), ...queries.flatMap(secretsOfQuery)];
}

function secretsOfCredentials(credentials: string): Secret[] {
  const [, user = credentials, password] = /^([^:]*):(.*)$/s.exec(credentials) ?? [];
  // A user without a password is a token. A strict parser takes an unescaped password apart.
  const texts = [credentials, password ?? user, ...(password ?? "").split(/[/?#@:]/)];
  const decoded = percentDecoded(credentials);
  const sent = [credentials, decoded].map((text) => Buffer.from(text).toString("base64").replace(/=+$/, ""));
  return [
    ...texts.flatMap(asSecret),
    ...sent.flatMap((text) => [text, text.replaceAll("+", "-").replaceAll("/", "_")]).flatMap(asSecret),
  ];
}

const SECRET_KEY =
  /^(pass(w(or)?d|phrase)?|psk|pwd|pw|token|key|secret|auth|sig(nature)?|session|sid|api_?key|access_?token|.*(password|passwd|token|secret|_?key))$/i;

/** Hiding common values would garble every other sentence. */
const PLAIN =
  /^(\d{1,5}|true|false|admin|user|http|image|jpe?g|mjpe?g|h26[45]|hevc|video|audio|stream|snapshot|live|main|low|high|medium|mode|caller|listener|channel|camera|frame|size|resolution|\d+x\d+|tcp|udp|unicast|multicast|default|file|input|output|source|picture|status)$/i;

/** Returns whether a value of this name is secret. */
export function isSecretName(name: string): boolean {
  return SECRET_KEY.test(name);
}

function secretsOfQuery(query: string): Secret[] {
  return query.split(/[&;]/).flatMap((pair) => {
    const [, key = "", value = pair] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    if (SECRET_KEY.test(percentDecoded(key))) return asSecret(value);
    return value.length < 4 || PLAIN.test(value) ? [] : asSecret(value);
  });
}

/** Named (`/user=admin_password=secret_channel=1`), or unlike file names. */
function secretsOfPath(path: string): Secret[] {
  const named = [...path.matchAll(/([a-z]{1,64})[=:]([^_&;,/]+)/gi)].filter(([, key = ""]) => SECRET_KEY.test(key));
  const keys = path.split("/").filter((name) => name.length >= 8 && /\d/.test(name) && /[a-z]/i.test(name));
  return [...named.map(([, , value = ""]) => value), ...keys].flatMap(asSecret);
}

/** Hides texts of three characters as whole words, and shorter ones in addresses only. */
export function asSecret(text: string): Secret[] {
  const forms = new Set([text, percentDecoded(text)]);
  return [...forms].filter((form) => form.length >= 3).map((form) => ({ text: form, anywhere: form.length > 3 }));
}
