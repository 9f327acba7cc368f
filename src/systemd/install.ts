import { existsSync, realpathSync } from "node:fs";
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { parseCameraString } from "../config/camera-string.ts";
import type { Flags } from "../config/flags.ts";
import { type Config, type ListSetting, listSettings } from "../config/schema.ts";
import { kebabCase } from "../options/option-names.ts";
import { SetupError } from "../util/errors.ts";
import { CONFIG, CONFIG_FOLDER, runSteps, SOCKET_UNIT, type Step, systemctl, UNIT } from "./steps.ts";
import { serviceUnit, socketUnit } from "./unit.ts";

export interface InstallOptions {
  readonly isDryRun: boolean;
  /** Lets systemd open the port, and start the service at the first connection. */
  readonly hasSocket: boolean;
}

/** Writes the settings to a file, and makes systemd run the server now and at every boot. */
export async function runInstall(
  { isDryRun, hasSocket }: InstallOptions,
  flags: Flags,
  config: Config,
): Promise<string> {
  const { port, host } = config.settings;
  if (hasSocket && port === 0) throw new SetupError("--socket: --port 0 is invalid with it. Choose a port above 0.", 2);
  const text = await configText(flags, config);
  const unit = serviceUnit({
    node: process.execPath,
    // npm links global packages: the service uses the real path.
    main: realpathSync(fileURLToPath(new URL("../main.js", import.meta.url))),
    config: CONFIG,
    port,
    notifies: await import("koffi").then(
      () => true,
      () => false,
    ),
  });
  const socket = hasSocket ? [write(SOCKET_UNIT, socketUnit(host, port), 0o644, isDryRun)] : [];
  const steps: Step[] = [
    ...(text === undefined ? [] : [...keepOld(), write(CONFIG, text, 0o600, isDryRun)]),
    write(UNIT, unit, 0o644, isDryRun),
    ...socket,
    ...(hasSocket ? [] : withoutSocket()),
    systemctl("daemon-reload"),
    // systemd cannot open a port that the running service has.
    ...(hasSocket
      ? [systemctl("stop", "stillstream.service"), systemctl("enable", "--now", "stillstream.socket")]
      : []),
    systemctl("enable", "stillstream.service"),
    systemctl("restart", "stillstream.service"),
  ];
  const said = await runSteps("install-service", steps, isDryRun);
  return isDryRun ? said : `${said}Its log: journalctl -u stillstream -f\n`;
}

/** Returns the new file; undefined keeps the old one, as an update of the program does. */
async function configText(flags: Flags, config: Config): Promise<string | undefined> {
  const file = flags.settings.get("config");
  const others = flags.settings.size + flags.cameras.length + flags.lists.output.length + flags.lists.messages.length;
  if (file !== undefined) {
    if (others > 1)
      throw new SetupError("--config: other options are given too. Put them into that file, or leave --config out.", 2);
    return await readFile(String(file.value), "utf8");
  }
  if (others === 0 && existsSync(CONFIG)) return undefined;
  return configFileText(
    flags,
    config.cameras.map(({ name }) => name),
  );
}

/** Removes the socket of an earlier installation. */
function withoutSocket(): Step[] {
  if (!existsSync(SOCKET_UNIT)) return [];
  return [
    systemctl("disable", "--now", "stillstream.socket"),
    { says: `Remove ${SOCKET_UNIT}`, run: () => rm(SOCKET_UNIT) },
  ];
}

function keepOld(): Step[] {
  if (!existsSync(CONFIG)) return [];
  return [{ says: `Keep the old ${CONFIG} as ${CONFIG}.old`, run: () => copyFile(CONFIG, `${CONFIG}.old`) }];
}

function write(path: string, text: string, mode: number, isDryRun: boolean): Step {
  const shown = isDryRun ? `:\n${text.replace(/^(?=.)/gm, "    ")}` : "";
  return {
    says: `Write ${path}${shown}`,
    run: async () => {
      if (path === CONFIG) await mkdir(CONFIG_FOLDER, { recursive: true, mode: 0o755 });
      await writeFile(path, text, { mode });
      await chmod(path, mode);
    },
  };
}

/** Returns the configuration file for a command line. `names` are the cameras' names, in order. */
function configFileText({ settings, lists, cameras }: Flags, names: readonly string[]): string {
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

function plain(value: string): string | number | boolean {
  if (value === "true" || value === "false") return value === "true";
  return /^\d+$/.test(value) ? Number(value) : value;
}

function withoutName(spec: string): string {
  const { name } = parseCameraString(spec);
  return name === undefined ? spec.trim() : spec.trim().slice(name.length + 1);
}
