import { existsSync } from "node:fs";
import { readdir, rm, rmdir } from "node:fs/promises";
import type { ServiceOptions } from "./options.ts";
import { CONFIG, CONFIG_FOLDER, runSteps, SOCKET_UNIT, type Step, systemctl, UNIT } from "./steps.ts";

/** Stops the service, and removes what install-service wrote. What the service itself wrote stays. */
export async function runUninstall({ isDryRun }: ServiceOptions): Promise<string> {
  const units = [SOCKET_UNIT, UNIT].filter((path) => existsSync(path));
  const files = [CONFIG, `${CONFIG}.old`].filter((path) => existsSync(path));
  if (units.length + files.length === 0) return "There is no service to uninstall.\n";
  const steps: Step[] = [
    ...units.map((path) => systemctl("disable", "--now", path.slice(path.lastIndexOf("/") + 1))),
    ...[...units, ...files].map((path) => ({ says: `Remove ${path}`, run: () => rm(path) })),
    ...(files.length === 0 ? [] : [{ says: `Remove ${CONFIG_FOLDER} if it is empty`, run: removeFolder }]),
    systemctl("daemon-reload"),
  ];
  const said = await runSteps("uninstall-service", steps, isDryRun);
  return `${said}What it kept, such as its certificate, stays in /var/lib/private/stillstream.\n`;
}

async function removeFolder(): Promise<void> {
  if ((await readdir(CONFIG_FOLDER)).length === 0) await rmdir(CONFIG_FOLDER);
}
