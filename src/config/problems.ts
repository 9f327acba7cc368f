import type { z } from "zod";
import { findOption, isConflict, kebabCase, type NamedValue, namesOf } from "../options/option-names.ts";
import { SetupError } from "../util/errors.ts";
import { printableLine } from "../util/printable.ts";
import type { OldName } from "./schema.ts";
import { createSettingRedactor, type SettingSecrets, secretsIn } from "./secrets.ts";

type Written = Readonly<Record<string, unknown>>;

/** Collects all problems of the input, to report them at once. */
export class Problems {
  readonly #found: string[] = [];
  readonly #secrets: SettingSecrets[] = [];
  readonly #oldNames: OldName[] = [];

  add(problem: string): void {
    this.#found.push(printableLine(problem));
  }

  get oldNames(): OldName[] {
    const redactor = createSettingRedactor(this.#secrets);
    return this.#oldNames.map(({ setting, ...names }) => ({ setting: redactor.hideKnown(setting), ...names }));
  }

  /**
   * Finds what was written for each key, under the current name or an old one; adds names that
   * disagree. Leaves out names that no key has.
   */
  findOptions(written: Written, keys: readonly string[], label: (name: string) => string): Map<string, NamedValue> {
    const found = new Map<string, NamedValue>();
    for (const key of keys) {
      const current = kebabCase(key);
      const options = findOption(written, current);
      const [option, other] = options;
      if (option === undefined) continue;
      found.set(key, option);
      if (isConflict(options)) {
        const values = options.map(({ name, value }) => `${name}=${quote(value)}`).join(" and ");
        this.add(`${label(current)}: ${option.name} and ${other?.name} differ: ${values}. Give only ${current}.`);
      }
      for (const { name } of options)
        if (name !== current) this.#oldNames.push({ setting: label(name), name, current });
    }
    return found;
  }

  /** Parses options by the names that people write; else as `parse` does. */
  parseOptions<S extends z.ZodObject>(
    schema: S,
    written: Written,
    label: (name: string) => string,
    owner: string,
    others: readonly string[] = [],
  ): z.output<S> | undefined {
    const found = this.findOptions(written, Object.keys(schema.shape), label);
    const names = new Set([...found.keys()].flatMap((key) => namesOf(kebabCase(key))));
    const unknown = Object.entries(written).filter(([name]) => !names.has(name));
    const input = Object.fromEntries([...Array.from(found, ([key, { value }]) => [key, value]), ...unknown]);
    return this.parse(schema, input, (key) => label(found.get(key)?.name ?? key), owner, others);
  }

  /** Parses `input`; adds its problems and returns undefined if there are any. */
  parse<S extends z.ZodType>(
    schema: S,
    input: unknown,
    label: (key: string) => string,
    owner: string,
    others: readonly string[] = [],
  ): z.output<S> | undefined {
    const result = schema.safeParse(input);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      if (issue.code === "unrecognized_keys") {
        const keys = Object.keys((schema as unknown as z.ZodObject).shape ?? {});
        const known = [...keys.map(kebabCase), ...others].join(", ");
        for (const key of issue.keys) this.add(unknownOption(label(key), owner, known));
      } else {
        const key = String(issue.path[0] ?? "");
        const value = (input as Record<string, unknown>)[key];
        const setting = (schema as unknown as z.ZodObject).shape?.[key] as z.ZodType | undefined;
        const isSecret = setting?.meta()?.["isSecret"] === true;
        if (isSecret) this.add(`${label(key)}: the value is invalid. It ${issue.message}.`);
        else this.reject(label(key), value, issue.message);
      }
    }
    return undefined;
  }

  /** Adds a value that a rule refuses; the rule completes the sentence "It …". */
  reject(setting: string, value: unknown, rule: string): void {
    this.add(`${setting}: ${value === undefined ? "the value is missing" : `${quote(value)} is invalid`}. It ${rule}.`);
  }

  learnSecrets(value: unknown): void {
    this.#secrets.push(secretsIn(value));
  }

  /** @throws SetupError (exit 2) with everything found, if anything was. */
  throwIfAny(): void {
    const redactor = createSettingRedactor(this.#secrets);
    const [first, ...others] = this.#found.map((problem) => redactor.hideKnown(problem));
    if (first === undefined) return;
    if (others.length === 0) throw new SetupError(first, 2);
    throw new SetupError(["these settings are wrong:", first, ...others].join("\n  "), 2);
  }
}

export function unknownOption(setting: string, owner: string, known: string): string {
  return `${setting}: there is no such option. ${owner} takes ${known || "no options"}.`;
}

export function quote(value: unknown): string {
  if (value === undefined) return "nothing";
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // YAML aliases can make cycles.
    return "a value that contains itself";
  }
}
