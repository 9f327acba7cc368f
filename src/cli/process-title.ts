import { createSettingRedactor, secretsIn } from "../config/secrets.ts";
import { HIDDEN } from "../util/secrets/secret-index.ts";

/**
 * Has the list of processes, which every user of the machine can read, show no secret of our
 * command line. Node writes a title over the arguments, and over all of them
 * (https://nodejs.org/api/process.html#processtitle). Where there is none to hide, nothing changes.
 */
export function hideArguments(): void {
  const [, program = "", ...args] = process.argv;
  const shown = withoutSecrets(args);
  if (shown.every((arg, index) => arg === args[index])) return;
  process.title = ["node", ...process.execArgv, program, ...shown].join(" ");
}

/**
 * The arguments as they may be read: of addresses scheme, host and port alone. Exported for its
 * test.
 */
export function withoutSecrets(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    if (args[index - 1] === "--auth") return HIDDEN;
    if (arg.startsWith("--auth=")) return `--auth=${HIDDEN}`;
    return createSettingRedactor([secretsIn(arg)]).hideKnown(arg);
  });
}
