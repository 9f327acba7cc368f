import { kebabCase, namesOf } from "../options/option-names.ts";
import { readSettingsFile } from "../util/files/settings-files.ts";
import type { Given } from "./flags.ts";
import { type Problems, quote, unknownOption } from "./problems.ts";
import { type ListSetting, listSettings, settingsSchema } from "./schema.ts";

export interface ConfigFile {
  readonly settings: ReadonlyMap<string, Given>;
  readonly cameras: Given | undefined;
  readonly lists: Readonly<Partial<Record<ListSetting, Given>>>;
}

/** Reads a YAML file, with the names of the flags, and `cameras`. */
export async function readConfigFile(path: string, label: string, problems: Problems): Promise<ConfigFile> {
  const settings = new Map<string, Given>();
  let cameras: Given | undefined;
  const lists: Partial<Record<ListSetting, Given>> = {};
  const content = await readYaml(path, label, problems);
  const keys = Object.keys(settingsSchema.shape).filter((key) => key !== "config");
  const names = new Set(keys.flatMap((key) => namesOf(kebabCase(key))));
  const labelOf = (name: string) => `${path}, ${name}`;
  for (const [key, { name, value }] of problems.findOptions(content, keys, labelOf)) {
    settings.set(key, { value, label: labelOf(name) });
  }
  for (const [name, value] of Object.entries(content)) {
    const given = { value, label: labelOf(name) };
    const list = (Object.keys(listSettings) as ListSetting[]).find((flag) => listSettings[flag].key === name);
    if (name === "cameras") cameras = given;
    else if (list !== undefined) lists[list] = given;
    else if (!names.has(name)) problems.add(unknownOption(given.label, "A file", knownKeys().join(", ")));
  }
  return { settings, cameras, lists };
}

async function readYaml(path: string, label: string, problems: Problems): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readSettingsFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    problems.add(
      code === "ENOENT"
        ? `${label}: ${quote(path)} does not exist. Name a file that exists.`
        : `${path}: the file cannot be read: ${message}. Name a file that this user can read.`,
    );
    return {};
  }
  // Loaded on demand: it adds a tenth to a start.
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, { prettyErrors: true, logLevel: "error" });
  const [error] = document.errors;
  if (error !== undefined) {
    const [message = ""] = error.message.split("\n");
    problems.add(`${path}: the file is not YAML: ${message.replace(/:$/, "")}. Correct it there.`);
    return {};
  }
  let content: unknown;
  try {
    content = document.toJS() ?? {};
  } catch (error) {
    // The message names the alias, which may be a password that begins with *.
    const [why = ""] = (error as Error).message.split(": ");
    problems.add(`${path}: the file cannot be read: ${why}. Correct its aliases.`);
    return {};
  }
  if (typeof content === "object" && content !== null && !Array.isArray(content))
    return content as Record<string, unknown>;
  problems.reject(path, content, "must have settings as name: value");
  return {};
}

function knownKeys(): string[] {
  const settings = Object.keys(settingsSchema.shape).filter((key) => key !== "config");
  return [...settings.map(kebabCase), "cameras", ...Object.values(listSettings).map(({ key }) => key)];
}
