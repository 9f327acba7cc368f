import { readFileSync } from "node:fs";

/** In memory, or layered over the root: their files do not hang together. */
const NO_DISK = /^(tmpfs|ramfs|devtmpfs|overlay|rootfs|proc)$/;

/**
 * Returns the mounted disk or share of a path, with a slash at its end; undefined on the root file
 * system, or if unknown. Follows no symbolic links, since that may hang. `mounts` is
 * /proc/self/mountinfo (proc(5)).
 */
export function mountOf(path: string, mounts: string = readMounts()): string | undefined {
  let found = { folder: "/", type: "" };
  for (const line of mounts.split("\n")) {
    const [head = "", tail = ""] = line.split(" - ");
    const place = (head.split(" ")[4] ?? "").replace(/\\([0-7]{3})/g, (_, digits) => {
      return String.fromCharCode(Number.parseInt(digits, 8));
    });
    const folder = `${place}/`;
    const [type = ""] = tail.split(" ");
    // Of several at one place, the last is on top.
    if (place !== "/" && path.startsWith(folder) && folder.length >= found.folder.length) found = { folder, type };
  }
  return found.folder === "/" || NO_DISK.test(found.type) ? undefined : found.folder;
}

function readMounts(): string {
  try {
    return readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return "";
  }
}
