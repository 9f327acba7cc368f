import { constants } from "node:fs";
import { access, readdir, readFile, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { findHolders, type Holder } from "../drivers/v4l2/holders.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

/** Facts about a device file that take no opening. */
export interface DeviceFacts {
  readonly path: string;
  readonly isAllowed: boolean;
  /** The name of its group, or the number of a group without a name. */
  readonly group: string;
  /** Other processes that have the device open. */
  readonly holders: readonly Holder[];
}

const ABOUT = "Camera devices";

/** Judges whether this user may open the cameras, and whether another program uses them. */
export function judgeDevices(devices: readonly DeviceFacts[], user = userName()): Finding[] {
  const findings = devices.flatMap(({ path, isAllowed, group, holders }) => {
    if (!isAllowed) {
      const fix = `Run \`sudo usermod -aG ${group} ${user}\`, log in again, and restart stillstream.`;
      return [
        problem("permission", ABOUT, `The user ${user} may not open ${path}, so its camera cannot be served.`, fix),
      ];
    }
    if (holders.length === 0) return [];
    const who = holders.map(({ name, pid }) => `${name} (process ${pid})`).join(" and ");
    const fix = "If you serve that camera, close the program: most cameras serve one program at a time.";
    return [note("busy", ABOUT, `Another program uses ${path}: ${who}.`, fix)];
  });
  if (findings.length > 0) return findings;
  const paths = devices.map(({ path }) => path);
  if (paths.length === 0) return [ok("permission", ABOUT, "This program sees no camera devices on this machine.")];
  return [ok("permission", ABOUT, `This user may open ${paths.join(", ")}, and no other program uses them.`)];
}

/** Inspects each /dev/videoN. Tests give other paths. */
export async function inspectDevices(dev = "/dev", groups = "/etc/group"): Promise<DeviceFacts[]> {
  const names = (await readdir(dev).catch(() => [])).filter((name) => /^video\d+$/.test(name)).sort();
  return await Promise.all(
    names.map(async (name) => {
      const path = join(dev, name);
      const [isAllowed, group, holders] = await Promise.all([mayOpen(path), groupOf(path, groups), findHolders(path)]);
      return { path, isAllowed, group, holders };
    }),
  );
}

async function mayOpen(path: string): Promise<boolean> {
  return await access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

async function groupOf(path: string, groups: string): Promise<string> {
  const { gid } = await stat(path).catch(() => ({ gid: undefined }));
  const lines = (await readFile(groups, "utf8").catch(() => "")).split("\n");
  // group(5): name, password, number, members.
  const line = lines.map((text) => text.split(":")).find(([, , number]) => number === String(gid));
  return line?.[0] ?? (gid === undefined ? "video" : String(gid));
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user id without a name.
    return "$USER";
  }
}
