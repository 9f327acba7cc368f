import { transformSync } from "esbuild";
import type { Site } from "./mutant.ts";

/**
 * Returns the JavaScript of a file with all its mutants in it; the module `runtime` says which one
 * is on.
 *
 * @param sites outer ones before those in them, as `findMutants` returns them
 */
export function instrument(source: string, sites: readonly Site[], runtime: string): string {
  const switched = `import { isOn as isMutantOn } from ${JSON.stringify(runtime)};${write(source, 0, source.length, sites)}`;
  const tsconfigRaw = { compilerOptions: { verbatimModuleSyntax: true } };
  const { code } = transformSync(switched, { loader: "ts", target: "es2023", tsconfigRaw });
  // As tsc does (rewriteRelativeImportExtensions).
  return code.replace(/((?:from|import)\s*\(?\s*"\.[^"]*)\.ts"/g, '$1.js"');
}

function write(source: string, start: number, end: number, sites: readonly Site[]): string {
  let text = "";
  let at = start;
  for (const [index, site] of sites.entries()) {
    if (site.start < at) continue;
    const inside = sites.slice(index + 1).filter((other) => other.start >= site.start && other.end <= site.end);
    text += source.slice(at, site.start) + withSwitch(site, write(source, site.start, site.end, inside));
    at = site.end;
  }
  return text + source.slice(at, end);
}

function withSwitch({ kind, mutants }: Site, own: string): string {
  if (kind === "expression") {
    const others = mutants.map(({ id, after }) => `isMutantOn(${id}) ? (${after}) : `);
    return `(${others.join("")}${own})`;
  }
  const isOff = mutants.map(({ id }) => `!isMutantOn(${id})`).join(" && ");
  return `{ if (${isOff}) { ${own} } }`;
}
