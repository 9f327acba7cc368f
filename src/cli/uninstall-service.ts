import { existsSync } from "node:fs";
import { readdir, rm, rmdir } from "node:fs/promises";
import { Problems, quote } from "../config/problems.ts";
import { CONFIG, CONFIG_FOLDER, runSteps, SOCKET_UNIT, type Step, systemctl, UNIT } from "../systemd/steps.ts";

/**
 * Runs `stillstream uninstall-service`: stops the service, and removes the files of
 * install-service. Keeps what the service wrote.
 * @throws SetupError for other arguments than `--dry-run` (exit 2), or if a step is not allowed or
 * fails (exit 1).
 */
export async function uninstallService(args: readonly string[]): Promise<string> {
  const problems = new Problems();
  for (const argument of args.filter((each) => each !== "--dry-run")) {
    problems.add(`uninstall-service: ${quote(argument)} is too much. It takes only --dry-run.`);
  }
  problems.throwIfAny();
  const units = [SOCKET_UNIT, UNIT].filter((path) => existsSync(path));
  const files = [CONFIG, `${CONFIG}.old`].filter((path) => existsSync(path));
  if (units.length + files.length === 0) return "There is no service to uninstall.\n";
  const steps: Step[] = [
    ...units.map((path) => systemctl("disable", "--now", path.slice(path.lastIndexOf("/") + 1))),
    ...[...units, ...files].map((path) => ({ says: `Remove ${path}`, run: () => rm(path) })),
    ...(files.length === 0 ? [] : [{ says: `Remove ${CONFIG_FOLDER} if it is empty`, run: removeFolder }]),
    systemctl("daemon-reload"),
  ];
  const done = await runSteps("uninstall-service", steps, args.includes("--dry-run"));
  return `${done}The service's own files, such as its certificate, stay in /var/lib/private/stillstream.\n`;
}

async function removeFolder(): Promise<void> {
  if ((await readdir(CONFIG_FOLDER)).length === 0) await rmdir(CONFIG_FOLDER);
}
