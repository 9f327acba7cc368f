import type { z } from "zod";
import type { DriverSchemas } from "./cameras.ts";
import { describeOptions } from "./help.ts";
import { cameraSettingsSchema, kebabCase, settingsSchema } from "./schema.ts";

const INTRODUCTION = `# Configuration

This page is made from the program's own schemas by \`npm run docs\`.

A setting is a flag (\`--max-viewers 50\`), an environment variable (\`STILLSTREAM_MAX_VIEWERS=50\`) or a line of the file
that \`--config\` names (\`max-viewers: 50\`). Flags win over the environment, which wins over the file. Durations carry
their unit: \`500ms\`, \`10s\`, \`2m\`. Everything that is wrong is reported at once, and then nothing is started.
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

/** The text of docs/configuration.md. */
export function configurationDocs(drivers: DriverSchemas): string {
  const sections = [
    INTRODUCTION,
    "## Settings\n",
    table(settingsSchema, (key) => `--${kebabCase(key)}`),
    CAMERAS,
    table(cameraSettingsSchema),
  ];
  for (const [name, { summary, address, options }] of Object.entries(drivers)) {
    sections.push(
      `### \`${name}${address === undefined ? "" : `:${address}`}\`\n`,
      `${sentence(summary)}\n`,
      table(options),
    );
  }
  return sections.join("\n");
}

function table(schema: z.ZodObject, spell: (key: string) => string = (key) => key): string {
  const rows = describeOptions(schema).filter(({ key }) => key !== "address");
  const lines = rows.map(({ key, text, default: preset }) => {
    return `| \`${spell(key)}\` | ${text} | ${preset === undefined ? "" : `\`${preset}\``} |\n`;
  });
  return rows.length === 0 ? "" : `| setting | what | default |\n| --- | --- | --- |\n${lines.join("")}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
