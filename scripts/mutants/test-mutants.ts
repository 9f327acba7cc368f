import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildMutants, compiledName } from "./build-mutants.ts";
import { findBroken } from "./compiles.ts";
import { findMutants } from "./find-mutants.ts";
import type { Mutant, Site } from "./mutant.ts";
import { type MutantResult, runMutants } from "./run-mutants.ts";

export interface TestOptions {
  /** The project's folder. */
  readonly root: string;
  /** The compiled project. */
  readonly build: string;
  /** For copies; kept for the next run. */
  readonly folder: string;
  /** Sources that get mutants, from `root`. */
  readonly files: readonly string[];
  /** From `root`. */
  readonly testFiles: readonly string[];
  readonly jobs: number;
  /** Chooses mutants. @default all */
  readonly choose?: (mutants: readonly Mutant[]) => readonly Mutant[];
  readonly say?: (text: string) => void;
}

/** Tests the mutants of some files, except those with type errors. */
export async function testMutants(options: TestOptions): Promise<MutantResult[]> {
  const { root, build, folder, choose = (mutants) => mutants, say = () => {} } = options;
  const sources = new Map(options.files.map((file) => [file, readFileSync(join(root, file), "utf8")]));
  const sitesOf = sitesOfFiles(sources);
  const all = [...sitesOf.values()].flat().flatMap(({ mutants }) => mutants);
  const wanted = choose(all);
  const broken = findBroken(wanted, { root, folder, sources });
  const chosen = new Set(wanted.filter((mutant) => !broken.has(mutant)));
  say(`${wanted.length} of ${all.length} mutants in ${sources.size} files, of which ${chosen.size} compile`);
  const built = [...sources].map(([file, source]) => ({
    file,
    source,
    sites: withOnly(chosen, sitesOf.get(file) ?? []),
  }));
  buildMutants(build, folder, built);
  const testFiles = options.testFiles.map((file) => join(folder, compiledName(file)));
  const fileOf = new Map(all.map(({ id, file }) => [id, file]));
  return await runMutants([...chosen], {
    root,
    testFiles,
    jobs: options.jobs,
    fileOf: (id) => fileOf.get(id) as string,
    say,
  });
}

function sitesOfFiles(sources: ReadonlyMap<string, string>): Map<string, Site[]> {
  const found = new Map<string, Site[]>();
  let id = 1;
  for (const [file, source] of sources) {
    const sites = findMutants(file, source, id);
    found.set(file, sites);
    id += sites.reduce((all, { mutants }) => all + mutants.length, 0);
  }
  return found;
}

function withOnly(chosen: ReadonlySet<Mutant>, sites: readonly Site[]): Site[] {
  return sites
    .map((site) => ({ ...site, mutants: site.mutants.filter((mutant) => chosen.has(mutant)) }))
    .filter(({ mutants }) => mutants.length > 0);
}
