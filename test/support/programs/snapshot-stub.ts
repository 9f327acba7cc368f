import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FAKE_FRAMES, peerScript } from "../paths.ts";
import { PYTHON } from "../tools.ts";

const SCRIPT = peerScript("snapshot_program.py");

type Fault = "half" | "text" | "link" | "none" | "hang" | "die" | { readonly say: string; readonly status: number };

export interface SnapshotFacts {
  readonly name: "fswebcam" | "imagesnap" | "CommandCam";
  /** @default ["/dev/video0"] */
  readonly cameras?: readonly string[];
  /** What goes wrong, by the number of a run, from 1. */
  readonly faults?: Readonly<Record<number, Fault>>;
  /** How imagesnap lists a camera. @default "=> %s" */
  readonly form?: string;
}

/** A run that took, or was to take, a picture. */
export interface SnapshotRun {
  readonly args: readonly string[];
  readonly folder: string;
  /** The folder's mode, as in 0o700, and what was in it. */
  readonly mode: string;
  readonly files: readonly string[];
  /** Milliseconds of a clock that never goes back. */
  readonly at: number;
}

/** A program that stands in for one of those that node-webcam runs (snapshot_program.py). */
export interface SnapshotStub {
  /** Where it is: what to put on the PATH. */
  readonly folder: string;
  runs(): SnapshotRun[];
  /** Ids of processes that hang. */
  hanging(): number[];
}

/** Makes the stand-in, in a folder of its own inside `parent`. */
export function snapshotStub(
  parent: string,
  { name, cameras = ["/dev/video0"], faults = {}, form }: SnapshotFacts,
): SnapshotStub {
  const folder = mkdtempSync(join(parent, `${name}-`));
  const log = join(folder, "runs.log");
  writeFileSync(log, "");
  const facts = JSON.stringify({ name, log, pictures: FAKE_FRAMES, cameras, faults, form });
  const words = [PYTHON, SCRIPT, facts].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  writeFileSync(join(folder, name), `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`);
  chmodSync(join(folder, name), 0o755);
  const entries = () => {
    const lines = readFileSync(log, "utf8").split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as SnapshotRun & { hanging?: number[] });
  };
  return {
    folder,
    runs: () => entries().filter(({ hanging }) => hanging === undefined),
    hanging: () => entries().flatMap(({ hanging = [] }) => hanging),
  };
}
