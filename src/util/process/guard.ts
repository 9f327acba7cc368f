import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";

/**
 * Ends programs that this process started once it is gone, however that came about: a SIGKILL leaves it no time, and a program that
 * waits for its input would stay. `child` leads a process group, or is alone.
 *
 * For that a shell waits at a pipe that only this process holds, and kills at its end what it was told of. It lives while there are
 * programs. Linux' PR_SET_PDEATHSIG would miss what a program starts itself, and there is none elsewhere.
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
    // It forgets this one, and ends.
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

/** Only utilities of POSIX; `kill` is the shell's own. It outlives what ends this process, such as a signal to all. */
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

/** Named in the list of processes. */
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
  // Without a shell, or a process to spare, programs are ended by all but a SIGKILL.
  shell.once("error", forget).once("exit", forget);
  shell.stdin?.on("error", () => {});
  shell.unref();
  (shell.stdin as Socket | null)?.unref();
  return shell;
}
