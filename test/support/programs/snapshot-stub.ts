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
  /** The fault of a run, by its number from 1. */
  readonly faults?: Readonly<Record<number, Fault>>;
  /** The format of imagesnap's list. @default "=> %s" */
  readonly form?: string;
}

/** A run that took, or should have taken, an image. */
export interface SnapshotRun {
  readonly args: readonly string[];
  readonly folder: string;
  /** The folder's mode, as in 0o700, and its files. */
  readonly mode: string;
  readonly files: readonly string[];
  /** Milliseconds of a monotonic clock. */
  readonly at: number;
}

/** A program that stands in for one that node-webcam runs (snapshot_program.py). */
export interface SnapshotStub {
  /** Its folder, for the PATH. */
  readonly folder: string;
  runs(): SnapshotRun[];
  /** Returns the ids of processes that hang. */
  hanging(): number[];
}

/** Makes the program in its own folder inside `parent`. */
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
