import { cpus, release, totalmem } from "node:os";
import { CLIENT_CPU, canPin, SERVER_CPU } from "./processes.ts";

/** Describes the machine and the programs, one line each. */
export function describeMachine(): string[] {
  const [cpu] = cpus();
  const pinned = `servers on CPU ${SERVER_CPU}; camera, viewers and this bench on CPU ${CLIENT_CPU}`;
  return [
    `${cpu?.model ?? "unknown CPU"}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    `Linux ${release()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`,
    canPin ? pinned : "NOT pinned to cores (taskset or a second core is missing): shares of a core are rough",
  ];
}
