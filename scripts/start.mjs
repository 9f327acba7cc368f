// @ts-check
// `npm start`: makes a fresh clone ready, then is stillstream.
import { build, installDependencies } from "./setup.mjs";

/** How often to see whether npm still lives, in milliseconds. */
const PARENT_CHECK_MS = 500;

installDependencies();
build();
endWithParent();
// npm runs scripts in the project's folder; file names on the command line mean the folder it was called from.
if (process.env["INIT_CWD"] !== undefined) process.chdir(process.env["INIT_CWD"]);
await import("../dist/main.js");

/**
 * Between npm and us is a shell, which takes the SIGTERM that npm passes on, and dies of it without telling us: whoever
 * stops npm would leave the server running, and its port in use.
 */
function endWithParent() {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGTERM");
  }, PARENT_CHECK_MS).unref();
  // Once told to stop we are stopping; to be told again would cut that short.
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => clearInterval(timer));
}
