import { Redactor } from "../util/secrets/redactor.ts";
import { isSecretName } from "../util/secrets/secret-address.ts";

export interface SettingSecrets {
  readonly addresses: readonly string[];
  readonly secrets: readonly string[];
}

/** Finds addresses and secrets in cameras, even if they are invalid. */
export function secretsIn(value: unknown): SettingSecrets {
  const found = textsIn(value).map(([name, text]) => {
    const [head = "", ...options] = text.split("#");
    const secrets = options.map((option) => option.split(/=(.*)/s)).filter(([key = ""]) => isSecretName(key));
    // Options begin behind #, unless a password contains it.
    const address = text.includes("@", head.length) ? text : head;
    return {
      // In a file, the driver's name may be the scheme.
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

function credentialsWithoutScheme(text: string): string[] {
  const before = text.slice(0, Math.max(0, text.lastIndexOf("@")));
  if (before === "" || before.includes("/")) return [];
  const colons = [...before.matchAll(/:/g)].slice(0, MAX_COLONS);
  return colons.length === 0 ? [before] : colons.map(({ index }) => before.slice(index + 1));
}

/** Each colon adds a text as long as the setting. */
const MAX_COLONS = 16;

export function createSettingRedactor(found: readonly SettingSecrets[]): Redactor {
  const unique = <K extends keyof SettingSecrets>(key: K) => [...new Set(found.flatMap((one) => one[key]))];
  return new Redactor(unique("addresses"), unique("secrets"));
}

/** YAML aliases may put a value into itself. */
function textsIn(value: unknown, name = "", seen = new Set<unknown>()): [name: string, text: string][] {
  if (typeof value === "string" || typeof value === "number") return [[name, String(value)]];
  if (typeof value !== "object" || value === null || seen.has(value)) return [];
  seen.add(value);
  return Object.entries(value).flatMap(([key, one]) => [
    ["", key] as [string, string],
    ...textsIn(one, Array.isArray(value) ? name : key, seen),
  ]);
}
