import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { until } from "../deferred.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { type Server, startServer } from "./server.ts";

/** The server with a configuration file that the test changes. */
export interface Reloading extends Omit<Server, "reload"> {
  readonly path: string;
  /** Replaces the file as editors do. */
  write(yaml: string): void;
  /** Replaces the file and reads it, as at SIGHUP; returns the next log line about a reload. */
  reload(yaml?: string): Promise<string>;
  /** Returns the log's lines about reloads. */
  reloads(): string[];
}

export async function startReloading(t: TestContext, yaml: string, args: readonly string[] = []): Promise<Reloading> {
  const path = join(temporaryFolder(t), "stillstream.yaml");
  const write = (text: string) => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  write(yaml);
  const server = await startServer(t, ["--config", path, "--log-level=debug", ...args]);
  const reloads = () => server.logOf().filter((text) => /^(Configuration reloaded|Reload )/.test(text));
  return {
    ...server,
    path,
    write,
    async reload(text) {
      if (text !== undefined) write(text);
      const before = reloads().length;
      await server.reload();
      return await until("the log reports the reload", () => reloads()[before]);
    },
    reloads,
  };
}
