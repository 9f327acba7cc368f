import { readFileSync } from "node:fs";

/** File systems that are in memory, or in layers over the root: their files do not hang together. Those of proc differ by process. */
const NO_DISK = /^(tmpfs|ramfs|devtmpfs|overlay|rootfs|proc)$/;

/**
 * The mounted disk or network share that a path is on, with a slash at its end: its files hang all together. Undefined on the root
 * file system, and where it cannot be told. Symbolic links are not followed, since that may hang. `mounts` is in the form of
 * /proc/self/mountinfo (proc(5)), which Linux alone has.
 */
export function mountOf(path: string, mounts: string = readMounts()): string | undefined {
  let found = { folder: "/", type: "" };
  for (const line of mounts.split("\n")) {
    const [head = "", tail = ""] = line.split(" - ");
    // Spaces and the like are written in octal.
    const place = (head.split(" ")[4] ?? "").replace(/\\([0-7]{3})/g, (_, digits) => {
      return String.fromCharCode(Number.parseInt(digits, 8));
    });
    const folder = `${place}/`;
    const [type = ""] = tail.split(" ");
    // Of several at one place the last is on top.
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
