import type { z } from "zod";
import { describeOptions } from "./help.ts";
import type { Registries, Registry } from "./parse-cameras.ts";
import { cameraSettingsSchema, settingGroups } from "./schema.ts";

const INTRODUCTION = `# Configuration

\`npm run docs\` writes this page from the program's own schemas.

A setting is a flag (\`--max-viewers 50\`), an environment variable (\`STILLSTREAM_MAX_VIEWERS=50\`) or a line of the file
that \`--config\` names (\`max-viewers: 50\`). Flags win over the environment, which wins over the file. Durations carry
their unit: \`500ms\`, \`10s\`, \`2m\`. The program reports all mistakes at once, and then starts nothing. Names are in
kebab-case; old names such as \`maxBytes\` and \`max_bytes\` work for one more release.
`;

const CAMERAS = `## Cameras

A camera is \`[name=]driver[:address][#option=value…]\`: on the command line, in the environment variable \`CAMERA\` (one camera,
if none is given elsewhere), and as text in the file. Option values are percent-decoded, so \`%23\` is a \`#\`. An option
without a value is \`true\`. A name has 1 to 32 of a-z, 0-9, - and _; without one, the camera is named after its driver.

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

An output sends a camera's frames to programs without HTTP: \`--output\`, any number of times, or a list in the file. Without a
camera's name it belongs to the first camera. It holds its camera open only while a peer is there.

\`\`\`yaml
outputs:
  - "door=tcp-listen:65432#quality=80"
  - { camera: yard, kind: udp-send, address: "192.168.0.30:9999" }
messages:
  - "door=udp-listen:6666"
\`\`\`
`;

const MESSAGES = `## Messages

\`--messages\` accepts messages for a camera, in the same form. They show on its page and in its API.
`;

const RELOADING = `## Changing it while it runs

The program reads the file again when it changes, within about three seconds, and at SIGHUP: \`kill -HUP\`, or
\`systemctl reload stillstream\`. Flags and environment still win over it.

- It follows editors that replace the file, and links that are swapped, as Kubernetes mounts a file. It waits while the file is
  half-written or missing.
- Windows has no SIGHUP: there only a changed file counts.
- A file that came through a pipe is not read again. A terminal that is closed ends the program, though that is a SIGHUP as well.
- Only the meaning counts: another comment, or the same in other words, changes nothing.

| in the file | what happens |
| --- | --- |
| a camera is as before | nothing: its viewers, publishers, outputs, counters and controls go on |
| a new camera | it is there, on open pages as well |
| a camera is gone | its streams end, its device is released, and its URLs are answered 404 |
| another title, \`linger\`, \`always\` or \`adapt\` | counts at once; nothing is reopened |
| another driver, address or option | the camera is released, then opened as it says now. Its viewers stay: they see its placeholder meanwhile. Its publishers must connect again |
| outputs and messages | new ones begin, and those that are gone end; the others and their peers are left alone |
| the order of the cameras | URLs without a name mean the first, and pages show them in that order |
| other settings | \`linger\` counts at once. The others count at the next start, and the log names those that differ |

The program releases everything that goes before it opens anything, so a device or a port may go from one camera to another. It
checks new cameras first, as at start. If the file cannot be read, has a mistake, or names a camera that can never work, nothing
changes, and the log says why. The log reports each reload.

Without a camera in the file, or anywhere, the camera that was found at the start stays.
`;

/** Returns the text of docs/reference/configuration.md. */
export function configurationDocs({ drivers, outputs, messages }: Registries): string {
  const sections = [
    INTRODUCTION,
    "## Settings\n",
    ...Object.entries(settingGroups).flatMap(([title, shape]) => [`### ${title}\n`, table(shape, (key) => `--${key}`)]),
    CAMERAS,
    table(cameraSettingsSchema.shape),
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
    table(options.shape),
  ]);
}

function table(
  shape: Readonly<Record<string, z.core.$ZodType>>,
  spell: (key: string) => string = (key) => key,
): string {
  const rows = describeOptions(shape).filter(({ key }) => key !== "address");
  const lines = rows.map(({ key, text, default: preset }) => {
    return `| \`${spell(key)}\` | ${text} | ${preset === undefined ? "" : `\`${preset}\``} |\n`;
  });
  return rows.length === 0 ? "" : `| setting | what | default |\n| --- | --- | --- |\n${lines.join("")}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
