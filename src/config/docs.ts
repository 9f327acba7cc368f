import type { z } from "zod";
import { describeOptions } from "./help.ts";
import type { Registries, Registry } from "./parse-cameras.ts";
import { cameraSettingsSchema, settingsSchema } from "./schema.ts";

const INTRODUCTION = `# Configuration

This page is made from the program's own schemas by \`npm run docs\`.

A setting is a flag (\`--max-viewers 50\`), an environment variable (\`STILLSTREAM_MAX_VIEWERS=50\`) or a line of the file
that \`--config\` names (\`max-viewers: 50\`). Flags win over the environment, which wins over the file. Durations carry
their unit: \`500ms\`, \`10s\`, \`2m\`. Everything that is wrong is reported at once, and then nothing is started. Names are in kebab-case; old names such
as \`maxBytes\` and \`max_bytes\` still work for one release.
`;

const CAMERAS = `## Cameras

On the command line, in \`CAMERA\` (one camera, if none is given elsewhere) and as text in the file:
\`[name=]driver[:address][#option=value…]\`. Option values are percent-decoded, so that \`%23\` is a \`#\`; an option
without a value is \`true\`. A name is 1 to 32 of a-z, 0-9, - and _; left out, it is the driver's.

\`\`\`yaml
port: 8080
title: My house
cameras:
  door: "http://192.168.0.20/stream#fps=5"
  yard:
    driver: ffmpeg
    address: rtsp://192.168.0.21/live
    width: 1280
    title: Back yard
\`\`\`

Paths are relative to the folder the program was started in. Every camera takes:
`;

const OUTPUTS = `## Outputs

An output sends a camera's pictures to somewhere that is no viewer over HTTP: \`--output\`, any number of times, or a list in
the file. Without a camera's name it is the first. It holds its camera open only while a peer is there.

\`\`\`yaml
outputs:
  - "door=tcp-listen:65432#quality=80"
  - { camera: yard, kind: udp-send, address: "192.168.0.30:9999" }
messages:
  - "door=udp-listen:6666"
\`\`\`
`;

const MESSAGES = `## Messages

\`--messages\` takes a camera's messages from elsewhere, in the same form; they show on its page and in its API.
`;

const RELOADING = `## Changing it while it runs

The file is read again when it changes, within about three seconds, and at SIGHUP: \`kill -HUP\`, or \`systemctl reload stillstream\`.
Editors that replace it are followed, and links that are swapped, as Kubernetes mounts a file; half a file, or none for a moment, is
waited out. On Windows, which has no SIGHUP, the file alone is followed. Flags and environment still win over it. What came through a pipe is
not read again; and a terminal that is closed ends the program, though that is a SIGHUP as well.

What counts is what it means: another comment, or the same in other words, changes nothing.

| in the file | what happens |
| --- | --- |
| a camera is as before | nothing: its viewers, senders, outputs, counters and controls go on |
| a new camera | it is there, on open pages as well |
| a camera is gone | its streams end, its device is released, and who asks for it gets 404 |
| another title, \`linger\`, \`always\` or \`adapt\` | counts at once; nothing is opened anew |
| another driver, address or option | the camera is released, and then opened as it says now. Its viewers stay: they see its card meanwhile, and then its pictures. Who sends pictures to it has to connect again |
| outputs and messages | those that are new begin and those that are gone end; the others, and who is at them, are left alone |
| the order of the cameras | the first is what URLs without a name mean, and pages show them in that order |
| other settings | \`linger\` counts at once. The others count at the next start, and the log names those that differ |

All that goes is released before anything is opened, so a device or a port may go from one camera to another. What is new is checked
first, as at start: where the file cannot be read, has something wrong in it, or names a camera that can never work, nothing at all
changes, and the log says why in a sentence. Each time it is read again, the log says what came of it.

Without a camera in it, or anywhere, the camera that was found at the start stays.
`;

/** The text of docs/reference/configuration.md. */
export function configurationDocs({ drivers, outputs, messages }: Registries): string {
  const sections = [
    INTRODUCTION,
    "## Settings\n",
    table(settingsSchema, (key) => `--${key}`),
    CAMERAS,
    table(cameraSettingsSchema),
    ...describeKinds(drivers),
  ];
  if (Object.keys(outputs).length > 0) sections.push(OUTPUTS, ...describeKinds(outputs));
  if (Object.keys(messages).length > 0) sections.push(MESSAGES, ...describeKinds(messages));
  sections.push(RELOADING);
  return sections.join("\n");
}

function describeKinds(kinds: Registry): string[] {
  return Object.entries(kinds).flatMap(([name, { summary, address, options }]) => [
    `### \`${name}${address === undefined ? "" : `:${address}`}\`\n`,
    `${sentence(summary)}\n`,
    table(options),
  ]);
}

function table(schema: z.ZodObject, spell: (key: string) => string = (key) => key): string {
  const rows = describeOptions(schema.shape).filter(({ key }) => key !== "address");
  const lines = rows.map(({ key, text, default: preset }) => {
    return `| \`${spell(key)}\` | ${text} | ${preset === undefined ? "" : `\`${preset}\``} |\n`;
  });
  return rows.length === 0 ? "" : `| setting | what | default |\n| --- | --- | --- |\n${lines.join("")}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
