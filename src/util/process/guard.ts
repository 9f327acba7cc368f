import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import type { Socket } from "node:net";

/**
 * Starts a child that ends when this process is gone, even by SIGKILL.
 *
 * A shell waits at a pipe that only this process holds. It runs before the child does, so it learns
 * of the child at once. Linux's PR_SET_PDEATHSIG would miss helpers.
 */
export function spawnGuarded(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  if (process.platform === "win32") return spawn(command, args, options);
  watch ??= start();
  const child = spawn(command, args, options);
  const { pid } = child;
  if (pid === undefined) endUnused();
  else {
    guarded.add(pid);
    watch.stdin?.write(`+ ${pid}\n`);
    child.once("exit", () => release(pid));
  }
  return child;
}

const guarded = new Set<number>();
let watch: ChildProcess | undefined;

function release(pid: number): void {
  guarded.delete(pid);
  watch?.stdin?.write(`- ${pid}\n`);
  endUnused();
}

function endUnused(): void {
  if (guarded.size > 0) return;
  watch?.stdin?.end();
  watch = undefined;
}

/** POSIX; ignores signals that end this process. */
const SCRIPT = `
trap '' HUP INT TERM
pids=
while read -r op pid; do
  left=
  for one in $pids; do [ "$one" = "$pid" ] || left="$left $one"; done
  pids=$left
  [ "$op" = + ] && pids="$pids $pid"
done
for one in $pids; do kill -s KILL -- "-$one" 2>/dev/null || kill -s KILL "$one" 2>/dev/null; done
`;

const NAME = "stillstream-guard";

function start(): ChildProcess {
  const shell = spawn("/bin/sh", ["-c", SCRIPT, NAME], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
  });
  const forget = () => {
    if (watch === shell) watch = undefined;
  };
  // Without a shell, children are ended by all but a SIGKILL.
  shell.once("error", forget).once("exit", forget);
  shell.stdin?.on("error", () => {});
  shell.stdin?.write([...guarded].map((pid) => `+ ${pid}\n`).join(""));
  shell.unref();
  (shell.stdin as Socket | null)?.unref();
  return shell;
}
