import type { z } from "zod";
import { kebabCase } from "../options/option-names.ts";
import type { Registries, Registry } from "./parse-cameras.ts";
import { cameraSettingsSchema, listSettings, settingGroups } from "./schema.ts";

const WIDTH = 80;

const NO_BREAK = "\u00a0";

const SETTING_COLUMN = 29;
const OPTION_COLUMN = 20;

const INTRODUCTION = `\
Streams cameras as MJPEG over HTTP: any camera in, a page, a stream and
snapshots out.

Usage: stillstream [OPTION ...] [CAMERA ...]
       stillstream COMMAND [ARGUMENT ...]

Without a command, stillstream serves the cameras until it is stopped. Without
a CAMERA, it serves the first camera that it finds on this machine.

A CAMERA is [NAME=]DRIVER[:ADDRESS][#OPTION=VALUE ...]. "Drivers" below lists
the drivers and their options. Examples:
  stillstream
  stillstream webcam
  stillstream door=http://192.168.0.20/stream yard=picture:/tmp/yard.jpg
  stillstream ffmpeg:rtsp://192.168.0.21/live#width=1280 --port 8090
`;

const COMMANDS: readonly Row[] = [
  { key: "devices", text: "list the cameras of this machine" },
  { key: "doctor [OPTION ...] [CAMERA ...]", text: "find problems of cameras and machine, and say how to fix them" },
  {
    key: "install-service [--dry-run] [--socket] [OPTION ...] [CAMERA ...]",
    text: "run stillstream under systemd, now and at every boot",
  },
  { key: "uninstall-service [--dry-run]", text: "undo install-service" },
  { key: "hash-password", text: "read a password, and print its hash for --auth and --auth-file" },
  {
    key: "create-token CAMERA[,CAMERA] [--for 30d] [--can view,push] [OPTION ...]",
    text: "print a token that gives access to these cameras, and a URL with it",
  },
  { key: "revoke-tokens [OPTION ...]", text: "invalidate all tokens and sessions" },
];

const ENVIRONMENT = `\
Options can also be set in the environment as STILLSTREAM_PORT and so on, and
in the file of --config as port and so on. The command line wins over the
environment, and that over the file.
`;

interface Row {
  readonly key: string;
  readonly text: string;
  readonly default?: string | undefined;
}

/** Returns the text of `--help`, from the schemas. */
export function helpText({ drivers, outputs, messages }: Registries): string {
  const lists = Object.entries(listSettings).map(([flag, { form, text }]) => ({
    key: `--${flag}`,
    text: `${text}: ${form}; repeatable`,
  }));
  const groups = Object.entries(settingGroups).flatMap(([title, shape]) => {
    const rows = describeOptions(shape).map(({ key, ...row }) => ({ ...row, key: `--${key}` }));
    return [`${title}:`, ...table(rows, SETTING_COLUMN), ""];
  });
  const lines = [
    INTRODUCTION,
    "Commands:",
    ...COMMANDS.flatMap(({ key, text }) => [`  ${key}`, ...wrap(text, 6)]),
    "",
    ENVIRONMENT,
    ...groups,
    "Outputs and messages:",
    ...table(lists, SETTING_COLUMN),
    "",
    "Help:",
    ...table(
      [
        { key: "-h, --help", text: "print this text" },
        { key: "-v, --version", text: "print the version" },
      ],
      SETTING_COLUMN,
    ),
    "",
    "Options of every camera:",
    ...table(describeOptions(cameraSettingsSchema.shape), OPTION_COLUMN),
    ...describeRegistry("Drivers, with their options:", drivers),
    ...describeRegistry("Outputs, with their options:", outputs),
    ...describeRegistry("Sources of messages, with their options:", messages),
  ];
  return `${lines.join("\n")}\n`;
}

function describeRegistry(title: string, registry: Registry): string[] {
  const entries = Object.entries(registry);
  if (entries.length === 0) return [];
  const lines = entries.flatMap(([name, { address, summary, options }]) => {
    const rows = describeOptions(options.shape).filter(({ key }) => key !== "address");
    const head = `${name}${address === undefined ? "" : `:${address}`}  ${summary}`;
    return ["", ...wrap(head, 4, 0), ...table(rows, OPTION_COLUMN)];
  });
  return ["", title, ...lines];
}

/** Describes each option of a schema. */
export function describeOptions(shape: Readonly<Record<string, z.core.$ZodType>>): Row[] {
  return Object.entries(shape).map(([key, value]) => {
    const { description = "", def } = value as z.ZodType & { def: { defaultValue?: unknown } };
    const preset = def.defaultValue === undefined ? "" : String(def.defaultValue);
    return { key: kebabCase(key), text: description, default: preset === "" ? undefined : preset };
  });
}

function table(rows: readonly Row[], column: number): string[] {
  return rows.flatMap(({ key, text, default: preset }) => {
    const isPlain = preset === undefined || preset === "false";
    const [first = "", ...others] = wrap(isPlain ? text : `${text} (default${NO_BREAK}${preset})`, column);
    return [`  ${key.padEnd(column - 3)} ${first.trimStart()}`, ...others];
  });
}

/** Words that are longer stay whole. */
function wrap(text: string, indent: number, firstIndent = indent): string[] {
  const lines: string[] = [];
  let line = " ".repeat(firstIndent);
  for (const word of text.split(" ")) {
    if (line.trim() !== "" && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = " ".repeat(indent);
    }
    line += line.trim() === "" ? word : ` ${word}`;
  }
  return [...lines, line].map((each) => each.replaceAll(NO_BREAK, " "));
}
