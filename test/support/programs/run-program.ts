import { runProgram } from "../../../src/util/process/child-process.ts";
import { CHILD } from "../paths.ts";
import { PYTHON } from "../tools.ts";

/*
 * Runs child.py with the words of its command line, as a driver runs a program, until it is killed.
 */
for await (const _ of runProgram(PYTHON, [CHILD, ...process.argv.slice(2)], new AbortController().signal)) void _;
