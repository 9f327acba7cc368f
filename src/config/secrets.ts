import { Redactor } from "../util/secrets/redactor.ts";
import { isSecretName } from "../util/secrets/secret-address.ts";

/** What settings of cameras hold that nobody else is to read. */
export interface SettingSecrets {
  readonly addresses: readonly string[];
  readonly secrets: readonly string[];
}

/** Finds the addresses and secrets in a camera string, or in what a file has of cameras, whether or not that can be read. */
export function secretsIn(value: unknown): SettingSecrets {
  const found = textsIn(value).map(([name, text]) => {
    const [head = "", ...options] = text.split("#");
    const secrets = options.map((option) => option.split(/=(.*)/s)).filter(([key = ""]) => isSecretName(key));
    // Behind # options begin, unless a password has it.
    const address = text.includes("@", head.length) ? text : head;
    return {
      // In a file the driver's name may stand for the scheme.
      address: address.startsWith("//") ? `http:${address}` : address,
      secrets: [
        ...(isSecretName(name) ? [text] : []),
        ...secrets.flatMap(([, secret]) => secret ?? []),
        ...credentialsWithoutScheme(text),
      ],
    };
  });
  return { addresses: found.map(({ address }) => address), secrets: found.flatMap(({ secrets }) => secrets) };
}

/** Finds what may be a password in `user:password@host`, such as of an output, which takes none. */
function credentialsWithoutScheme(text: string): string[] {
  const before = text.slice(0, Math.max(0, text.lastIndexOf("@")));
  if (before === "" || before.includes("/")) return [];
  const colons = [...before.matchAll(/:/g)].slice(0, MAX_COLONS);
  return colons.length === 0 ? [before] : colons.map(({ index }) => before.slice(index + 1));
}

/** Kind, user and some in a password: each makes a text as long as the setting. */
const MAX_COLONS = 16;

export function createSettingRedactor(found: readonly SettingSecrets[]): Redactor {
  const unique = <K extends keyof SettingSecrets>(key: K) => [...new Set(found.flatMap((one) => one[key]))];
  return new Redactor(unique("addresses"), unique("secrets"));
}

/** Each text in a value, with the name it has there. Aliases of YAML may have one value in many places, or in itself. */
function textsIn(value: unknown, name = "", seen = new Set<unknown>()): [name: string, text: string][] {
  if (typeof value === "string" || typeof value === "number") return [[name, String(value)]];
  if (typeof value !== "object" || value === null || seen.has(value)) return [];
  seen.add(value);
  return Object.entries(value).flatMap(([key, one]) => [
    ["", key] as [string, string],
    ...textsIn(one, Array.isArray(value) ? name : key, seen),
  ]);
}
