import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { until } from "../deferred.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { type Program, startProgram } from "./program.ts";

/** The program with a configuration file that the test changes. */
export interface Reloading extends Program {
  readonly path: string;
  readonly pid: number;
  /** Replaces the file as editors do. */
  write(yaml: string): void;
  /** Replaces the file and sends SIGHUP; returns the next line of the log about a reload. */
  reload(yaml?: string): Promise<string>;
  /** Returns the next line of the log about a reload. */
  said(timeoutMs?: number): Promise<string>;
  /** Returns the log's messages about one camera, or about none. */
  logOf(camera?: string): string[];
  cameras(): Promise<CameraReport[]>;
  report(camera: string): Promise<CameraReport>;
}

export async function startReloading(t: TestContext, yaml: string, args: readonly string[] = []): Promise<Reloading> {
  const path = join(temporaryFolder(t), "stillstream.yaml");
  const write = (text: string) => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  write(yaml);
  const program = await startProgram(t, ["--config", path, "--log-level=debug", ...args]);
  const logOf = (camera?: string) =>
    program
      .errors()
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { camera?: string; output?: string; msg: string })
      .filter((entry) => entry.camera === camera && entry.output === undefined)
      .map(({ msg }) => msg);
  let seen = 0;
  const reloads = () => logOf().filter((text) => /^(Configuration reloaded|Reload )/.test(text));
  const said = async (timeoutMs?: number) => {
    const text = await until("the log reports the reload", () => reloads()[seen], timeoutMs);
    seen++;
    return text;
  };
  const cameras = async () =>
    ((await (await fetch(`${program.url}/api/cameras`)).json()) as { cameras: CameraReport[] }).cameras;
  return {
    ...program,
    path,
    pid: program.process.pid as number,
    write,
    async reload(text) {
      if (text !== undefined) write(text);
      program.process.kill("SIGHUP");
      return await said();
    },
    said,
    logOf,
    cameras,
    report: async (camera) => (await (await fetch(`${program.url}/api/cameras/${camera}`)).json()) as CameraReport,
  };
}
