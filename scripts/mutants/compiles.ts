import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Mutant } from "./mutant.ts";

/* Finds the mutants that the compiler refuses, many of them in one run. */

/** What is allowed that a person's code is not. */
const OPTIONS = {
  noUnusedLocals: false,
  noUnusedParameters: false,
  noImplicitReturns: false,
  allowUnreachableCode: true,
  skipLibCheck: true,
};

export interface CheckOptions {
  /** The project's folder. */
  readonly root: string;
  /** Holds the copies, and what earlier runs found. */
  readonly folder: string;
  /** The texts of files with mutants, by their paths from `root`. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Returns the mutants with type errors. */
export function findBroken(mutants: readonly Mutant[], { root, folder, sources }: CheckOptions): Set<Mutant> {
  const cache = readCache(join(folder, "compiles.json"));
  const keys = new Map(mutants.map((mutant) => [mutant, keyOf(mutant, sources)]));
  const unknown = mutants.filter((mutant) => !cache.has(keys.get(mutant) as string));
  const copy = join(folder, "types");
  if (unknown.length > 0) {
    rmSync(copy, { recursive: true, force: true });
    for (const top of new Set([...sources.keys()].map((file) => file.split("/")[0] as string))) {
      cpSync(join(root, top), join(copy, top), { recursive: true });
    }
    const compilerOptions = { ...OPTIONS, typeRoots: [join(root, "node_modules/@types")] };
    // Without `include` those of the project would be checked, too.
    const files = { files: [...sources.keys()], include: [] };
    const config = { extends: join(root, "tsconfig.json"), compilerOptions, ...files };
    writeFileSync(join(copy, "tsconfig.json"), JSON.stringify(config));
    writeFileSync(join(copy, "package.json"), '{ "type": "module" }');
  }
  for (const batch of batchesOf(unknown)) {
    const broken = checkBatch(batch, copy, root, sources);
    for (const mutant of batch) cache.set(keys.get(mutant) as string, !broken.has(mutant));
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "compiles.json"), JSON.stringify([...cache]));
  return new Set(mutants.filter((mutant) => cache.get(keys.get(mutant) as string) === false));
}

function readCache(path: string): Map<string, boolean> {
  return new Map(existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as [string, boolean][]) : []);
}

function keyOf({ file, start, end, after }: Mutant, sources: ReadonlyMap<string, string>): string {
  const text = JSON.stringify([sources.get(file), start, end, after]);
  return createHash("sha1").update(text).digest("base64").slice(0, 16);
}

/** Divides mutants so that a batch has one for each class member or statement of a file. */
function batchesOf(mutants: readonly Mutant[]): Mutant[][] {
  const batches: Mutant[][] = [];
  const used = new Map<string, number>();
  for (const mutant of mutants) {
    const unit = `${mutant.file}:${mutant.unit.start}`;
    const batch = used.get(unit) ?? 0;
    used.set(unit, batch + 1);
    batches[batch] ??= [];
    batches[batch].push(mutant);
  }
  return batches;
}

function checkBatch(
  batch: readonly Mutant[],
  copy: string,
  root: string,
  sources: ReadonlyMap<string, string>,
): Set<Mutant> {
  const broken = new Set<Mutant>();
  const files = new Map<string, Mutant[]>();
  for (const mutant of batch) files.set(mutant.file, [...(files.get(mutant.file) ?? []), mutant]);
  const written = new Map<string, { mutant: Mutant; start: number; end: number }[]>();
  const texts = new Map<string, string>();
  for (const [file, source] of sources) {
    const { text, units } = withMutants(source, files.get(file) ?? []);
    texts.set(file, text);
    written.set(file, units);
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), text);
  }
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", copy, "--pretty", "false"], {
    cwd: copy,
    encoding: "utf8",
  });
  for (const [, file = "", line, column] of stdout.matchAll(/^(.+?)\((\d+),(\d+)\): error TS/gm)) {
    const lines = (texts.get(file) ?? "").split("\n");
    const at = lines.slice(0, Number(line) - 1).reduce((all, one) => all + one.length + 1, 0) + Number(column) - 1;
    const unit = written.get(file)?.find(({ start, end }) => at >= start && at <= end);
    if (unit !== undefined) broken.add(unit.mutant);
  }
  return broken;
}

/** Returns a file with its mutants of a batch, and where each one's unit is then. */
function withMutants(
  source: string,
  mutants: readonly Mutant[],
): { text: string; units: { mutant: Mutant; start: number; end: number }[] } {
  let text = "";
  let at = 0;
  const units = [];
  for (const mutant of mutants.toSorted((a, b) => a.start - b.start)) {
    text += source.slice(at, mutant.unit.start);
    const start = text.length;
    text += source.slice(mutant.unit.start, mutant.start);
    // A condition may span the operators beside it.
    text += mutant.kind === "expression" ? `(${mutant.after})` : mutant.after;
    text += source.slice(mutant.end, mutant.unit.end);
    units.push({ mutant, start, end: text.length });
    at = mutant.unit.end;
  }
  return { text: text + source.slice(at), units };
}
