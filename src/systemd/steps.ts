import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { describeError, SetupError } from "../util/errors.ts";

export const UNIT = "/etc/systemd/system/stillstream.service";
export const SOCKET_UNIT = "/etc/systemd/system/stillstream.socket";
export const CONFIG_FOLDER = "/etc/stillstream";
export const CONFIG = `${CONFIG_FOLDER}/stillstream.yaml`;

export interface Step {
  readonly says: string;
  readonly run: () => Promise<unknown>;
}

/** Creates a step that runs systemctl. */
export function systemctl(...args: string[]): Step {
  return { says: `Run systemctl ${args.join(" ")}`, run: () => promisify(execFile)("systemctl", args) };
}

/**
 * Runs the steps in order, or only lists them if `isDryRun`. Returns what to print.
 * @throws SetupError (exit 1) without root, without systemd, or if a step fails; earlier steps stay
 * done.
 */
export async function runSteps(command: string, steps: readonly Step[], isDryRun: boolean): Promise<string> {
  const lines = steps.map(({ says }) => says);
  if (isDryRun) return `${[`stillstream ${command} would:`, ...lines.map((line) => `  ${line}`)].join("\n")}\n`;
  if (process.getuid?.() !== 0) {
    throw new SetupError(`${command}: only root may change /etc. Run it with sudo, or with --dry-run.`, 1);
  }
  // sd_booted(3)
  if (!existsSync("/run/systemd/system")) {
    throw new SetupError(
      `${command}: systemd does not run on this machine. Add --dry-run to see what the command would do.`,
      1,
    );
  }
  for (const { says, run } of steps) {
    await run().catch((error: unknown) => {
      const { stderr } = error as { stderr?: string };
      throw new SetupError(`${command}: the step "${says}" failed: ${stderr?.trim() || describeError(error)}`, 1);
    });
  }
  return `${lines.map((line) => `${line}: done.`).join("\n")}\n`;
}
