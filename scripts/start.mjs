// @ts-check
// `npm start`: prepares a fresh clone, then runs stillstream.
import { build, installDependencies } from "./setup.mjs";

/** How often to check whether npm is still running. */
const PARENT_CHECK_MS = 500;

installDependencies();
build();
endWithParent();
// npm runs scripts in the project's folder, but file names on the command line are relative to the
// folder of the call.
if (process.env["INIT_CWD"] !== undefined) process.chdir(process.env["INIT_CWD"]);
await import("../dist/main.js");

/**
 * Ends with npm. Between npm and this process is a shell. npm passes SIGTERM to the shell, which
 * dies without passing it on; the server would keep running and keep its port.
 */
function endWithParent() {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGTERM");
  }, PARENT_CHECK_MS).unref();
  // A second signal would cut the stop short.
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => clearInterval(timer));
}
