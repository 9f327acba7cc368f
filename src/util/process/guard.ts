import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";

/**
 * Ends a child when this process is gone, even by SIGKILL.
 *
 * A shell waits at a pipe that only this process holds. Linux's PR_SET_PDEATHSIG would miss
 * helpers.
 */
export function guard(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || process.platform === "win32") return;
  guarded.add(pid);
  tell(`+ ${pid}\n`);
  child.once("exit", () => release(pid));
}

const guarded = new Set<number>();
let watch: ChildProcess | undefined;

function release(pid: number): void {
  guarded.delete(pid);
  if (guarded.size > 0) tell(`- ${pid}\n`);
  else {
    watch?.stdin?.end(`- ${pid}\n`);
    watch = undefined;
  }
}

function tell(line: string): void {
  if (watch === undefined) {
    watch = start();
    watch.stdin?.write([...guarded].map((pid) => `+ ${pid}\n`).join(""));
  } else {
    watch.stdin?.write(line);
  }
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
  shell.unref();
  (shell.stdin as Socket | null)?.unref();
  return shell;
}
