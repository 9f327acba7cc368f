import { bytesOf, percentDecoded } from "./encoded.ts";
import { asSecret, type Place, placeOf, type Secret, secretsOf } from "./secret-address.ts";

export const HIDDEN = "***";

export interface Address {
  readonly text: string;
  /** As written, and percent-decoded. */
  readonly forms: readonly Uint8Array[];
  readonly schemeBytes: number;
  readonly label: string;
}

interface Known {
  readonly bytes: Uint8Array;
  readonly shown: string;
  readonly anywhere: boolean;
}

/** Reads each URL in an address: ffmpeg nests them, as in `async:http://…`. */
export function readAddresses(address: string): Address[] {
  const addresses: Address[] = [];
  let end = 0;
  for (const { 0: scheme, index } of address.matchAll(/[a-z][a-z0-9+.-]{0,31}:\/\//gi)) {
    if (index < end) continue;
    const text = address.slice(index);
    const { host, rest } = placeOf(text.slice(scheme.length));
    end = address.length - rest.length;
    const forms = [text, percentDecoded(text)].map(bytesOf);
    addresses.push({ text, forms, schemeBytes: scheme.length, label: `${scheme}${host ?? HIDDEN}` });
  }
  return addresses;
}

export interface Index {
  readonly addresses: readonly Address[];
  readonly hosts: ReadonlySet<string>;
  /** By first byte, the longest first. */
  readonly known: ReadonlyMap<number, readonly Known[]>;
  readonly all: readonly Known[];
}

/** Indexes `secrets`, and all parts of the addresses. */
export function createIndex(addresses: readonly Address[], secrets: readonly string[]): Index {
  const places = addresses.map(({ text, schemeBytes }) => placeOf(text.slice(schemeBytes)));
  const known = [...secrets.flatMap(asSecret).flatMap(hidden), ...places.flatMap(knownOf)]
    .filter(({ bytes }) => bytes.length > 0)
    .sort((one, other) => other.bytes.length - one.bytes.length);
  const byFirst = new Map<number, Known[]>();
  for (const one of known) {
    const [first = -1] = one.bytes;
    const others = byFirst.get(first);
    if (others === undefined) byFirst.set(first, [one]);
    else others.push(one);
  }
  const hosts = places.flatMap(({ host = "" }) => [host, withoutPort(host)]).filter((host) => host !== "");
  return { addresses, hosts: new Set(hosts.map((host) => host.toLowerCase())), known: byFirst, all: known };
}

function knownOf(place: Place): Known[] {
  const { host = "", rest, credentials } = place;
  const secrets = secretsOf(place).flatMap(hidden);
  if (rest.length >= 4) secrets.push(...shownAs(rest, "/***", false));
  if (host === "") return secrets;
  const ends = credentials.flatMap((text) => [text, ...endsOf(text)]);
  return [
    ...secrets,
    // Hosts stay, even if they contain a secret.
    ...[host, withoutPort(host)].flatMap((one) => shownAs(one, one, false)),
    ...(rest.length > 1 ? shownAs(host + rest, host, false) : []),
    ...ends.flatMap((end) => [...shownAs(`${end}@${host}${rest}`, host), ...shownAs(`${end}@${host}`, host)]),
  ];
}

/** As a strict parser reads an unescaped password. */
function endsOf(credentials: string): string[] {
  const marks = [...credentials.matchAll(/[/?#@:]/g)].slice(0, MAX_MARKS);
  return marks.map(({ index }) => credentials.slice(index + 1));
}

/** Each mark makes a text as long as the address, and a camera chooses its redirects. */
const MAX_MARKS = 16;

function hidden({ text, anywhere }: Secret): Known[] {
  return shownAs(text, HIDDEN, anywhere);
}

function shownAs(text: string, shown: string, anywhere = true): Known[] {
  const forms = new Set([text, percentDecoded(text)]);
  return [...forms].map((form) => ({ bytes: bytesOf(form), shown, anywhere }));
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, "");
}
