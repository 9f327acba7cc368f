import { stringify } from "yaml";
import { parseCameraString } from "../config/camera-string.ts";
import type { Flags } from "../config/flags.ts";
import { type ListSetting, listSettings } from "../config/schema.ts";
import { kebabCase } from "../options/option-names.ts";

/** The configuration file that says what a command line said. `names` are the cameras' names, in their order. */
export function configFileText({ settings, lists, cameras }: Flags, names: readonly string[]): string {
  const content: Record<string, unknown> = {};
  for (const [key, { value }] of settings) content[kebabCase(key)] = plain(String(value));
  if (cameras.length > 0) {
    content["cameras"] = Object.fromEntries(cameras.map((spec, index) => [names[index] ?? "", withoutName(spec)]));
  }
  for (const [flag, given] of Object.entries(lists)) {
    if (given.length > 0) content[listSettings[flag as ListSetting].key] = given.map(({ value }) => value);
  }
  return Object.keys(content).length === 0 ? "# Settings and cameras: the defaults.\n" : stringify(content);
}

/** Switches and numbers as YAML has them. */
function plain(value: string): string | number | boolean {
  if (value === "true" || value === "false") return value === "true";
  return /^\d+$/.test(value) ? Number(value) : value;
}

function withoutName(spec: string): string {
  const { name } = parseCameraString(spec);
  return name === undefined ? spec.trim() : spec.trim().slice(name.length + 1);
}
