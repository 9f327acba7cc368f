import type { z } from "zod";
import { kebabCase } from "../options/option-names.ts";
import type { Registries, Registry } from "./parse-cameras.ts";
import { cameraSettingsSchema, listSettings, settingsSchema } from "./schema.ts";

/** The text of `--help`, made from the schemas, so that it can never be out of date. */
export function helpText({ drivers, outputs, messages }: Registries): string {
  const settings = describeOptions(settingsSchema).map(({ key, ...row }) => ({ ...row, key: `--${key}` }));
  const lists = Object.entries(listSettings).map(([flag, { form, text }]) => ({
    key: `--${flag}`,
    text: `${text}: ${form}; may be repeated`,
  }));
  const sections = [
    "Usage: stillstream [options] [camera ...]",
    "       stillstream devices    (lists the cameras of this machine)",
    "       stillstream doctor [options] [camera ...]    (says what would make viewers unhappy, and how to mend it)",
    "       stillstream install-service [--dry-run] [--socket] [options] [camera ...]    (has systemd run it)",
    "       stillstream uninstall-service [--dry-run]    (undoes that)",
    "       stillstream hash       (reads a password, and prints what to keep of it)",
    "       stillstream token CAMERA[,CAMERA] --for 30d [--can view,push] [options]    (prints a token, and its URL)",
    "       stillstream revoke-tokens [options]    (makes every token, and every session, good no more)",
    "",
    "Streams cameras as MJPEG over HTTP. A camera is [name=]driver[:address][#option=value…], for example",
    "  stillstream door=http://192.168.0.20/stream yard=ffmpeg:rtsp://192.168.0.21/live#width=1280",
    "",
    "Options, also as STILLSTREAM_… in the environment and in the file of --config:",
    ...table([
      ...settings,
      ...lists,
      { key: "--help, -h", text: "show this" },
      { key: "--version, -v", text: "show the version" },
    ]),
    "",
    "Every camera takes:",
    ...table(describeOptions(cameraSettingsSchema)),
  ];
  sections.push(...describeKinds(drivers));
  if (Object.keys(outputs).length > 0) sections.push("", "Outputs, for --output:", ...describeKinds(outputs));
  if (Object.keys(messages).length > 0)
    sections.push("", "Ways of messages, for --messages:", ...describeKinds(messages));
  return `${sections.join("\n")}\n`;
}

function describeKinds(kinds: Registry): string[] {
  return Object.entries(kinds).flatMap(([name, { address, summary, options }]) => {
    const rows = describeOptions(options).filter(({ key }) => key !== "address");
    return ["", `${name}${address === undefined ? "" : `:${address}`}  ${summary}`, ...table(rows)];
  });
}

/** What a schema takes: each key, what it is, and its default as it would be written. */
export function describeOptions(
  schema: z.ZodObject,
): Array<{ key: string; text: string; default: string | undefined }> {
  return Object.entries(schema.shape).map(([key, value]) => {
    const { description = "", def } = value as z.ZodType & { def: { defaultValue?: unknown } };
    const preset = def.defaultValue === undefined ? "" : String(def.defaultValue);
    return { key: kebabCase(key), text: description, default: preset === "" ? undefined : preset };
  });
}

function table(rows: ReadonlyArray<{ key: string; text: string; default?: string | undefined }>): string[] {
  return rows.map(({ key, text, default: preset }) => {
    return `  ${key.padEnd(15)} ${text}${preset === undefined ? "" : ` (${preset})`}`;
  });
}
