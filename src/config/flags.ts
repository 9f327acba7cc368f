import { parseArgs } from "node:util";
import { kebabCase } from "../options/option-names.ts";
import type { Problems } from "./problems.ts";
import { type ListSetting, listSettings, REPEATABLE, type Settings, settingsSchema } from "./schema.ts";

export interface Given {
  readonly value: unknown;
  readonly label: string;
}

export interface Flags {
  readonly help: boolean;
  readonly version: boolean;
  readonly settings: ReadonlyMap<string, Given>;
  readonly lists: Readonly<Record<ListSetting, readonly Given[]>>;
  readonly cameras: readonly string[];
}

/** Parses the command line, without checking values. */
export function parseFlags(argv: readonly string[], problems: Problems): Flags {
  const keys = new Map(Object.keys(settingsSchema.shape).map((key) => [kebabCase(key), key]));
  const lists = { output: [] as Given[], messages: [] as Given[] };
  const valued = [...keys, ...Object.keys(listSettings).map((flag) => [flag, flag] as const)].map(([flag, key]) => {
    return [flag, { type: isSwitch(key) ? ("boolean" as const) : ("string" as const) }];
  });
  const options = {
    help: { type: "boolean" as const, short: "h" },
    version: { type: "boolean" as const, short: "v" },
    ...Object.fromEntries(valued),
  };
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    allowPositionals: true,
    // Strict mode stops at the first problem.
    strict: false,
    tokens: true,
  });
  const settings = new Map<string, Given>();
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    seen.add(token.name);
    const key = keys.get(token.name);
    const list = Object.hasOwn(lists, token.name) ? lists[token.name as ListSetting] : undefined;
    // A switch alone is true; `=false` turns it off.
    const value = token.value ?? alone(key);
    const given = { value, label: token.rawName };
    if (value === undefined && (key ?? list) !== undefined)
      problems.add(`${token.rawName}: the value is missing. Write it after the option.`);
    else if (key !== undefined) settings.set(key, withEarlier(key, settings.get(key), given));
    else if (list !== undefined) list.push(given);
    else if (token.name !== "help" && token.name !== "version") {
      problems.add(`${token.rawName}: there is no such option. See stillstream --help.`);
    }
  }
  return { help: seen.has("help"), version: seen.has("version"), settings, lists, cameras: camerasIn(tokens, options) };
}

interface Token {
  readonly kind: string;
  readonly index: number;
  readonly name?: string;
  readonly value?: string | undefined;
}

/** Leaves out what follows an unknown option: it may be a password, and must not be quoted. */
function camerasIn(tokens: readonly Token[], options: object): string[] {
  const unknown = tokens.filter(({ kind, name = "", value }) => {
    return kind === "option" && value === undefined && !Object.hasOwn(options, name);
  });
  const after = new Set(unknown.map(({ index }) => index + 1));
  return tokens.flatMap(({ kind, index, value }) => (kind === "positional" && !after.has(index) ? (value ?? []) : []));
}

function withEarlier(key: string, earlier: Given | undefined, { value, label }: Given): Given {
  if (!REPEATABLE.has(key)) return { value, label };
  return { value: [...((earlier?.value as unknown[] | undefined) ?? []), value], label };
}

function alone(key: string | undefined): string | undefined {
  return key !== undefined && isSwitch(key) ? "true" : undefined;
}

function isSwitch(key: string): boolean {
  return settingsSchema.shape[key as keyof Settings]?.safeParse("true").data === true;
}

/**
 * Reads `STILLSTREAM_…` variables. Empty ones count as absent, as `${PORT:-}` of a compose file.
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Map<string, Given> {
  const settings = new Map<string, Given>();
  for (const key of [...Object.keys(settingsSchema.shape), ...Object.keys(listSettings)]) {
    const label = `STILLSTREAM_${kebabCase(key).replaceAll("-", "_").toUpperCase()}`;
    const value = env[label];
    if (value !== undefined && value !== "") settings.set(key, { value, label });
  }
  return settings;
}
