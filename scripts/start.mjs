// `npm start`: makes a fresh clone ready, then is stillstream.
import { build, installDependencies } from "./setup.mjs";

installDependencies();
build();
// npm runs scripts in the project's folder; file names on the command line mean the folder it was called from.
if (process.env["INIT_CWD"] !== undefined) process.chdir(process.env["INIT_CWD"]);
await import("../dist/main.js");
