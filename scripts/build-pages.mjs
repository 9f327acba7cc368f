// @ts-check
/*
 * Bundles the scripts and styles of the pages from src/web/ into dist/web/: one script and one
 * style a page. The server sends them below `/public/`. manifest.json lists the file of each name.
 * `node scripts/build-pages.mjs` does the same.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

const WEB = fileURLToPath(new URL("../src/web/", import.meta.url));
const OUT = fileURLToPath(new URL("../dist/web/", import.meta.url));

const PAGES = ["camera-page", "wall-page", "publish-page", "doctor-page", "embed-page"];

/**
 * Writes all bundles.
 * @param {{ isHashed: boolean }} options `isHashed`: whether names have a hash of the content, so
 * that browsers may cache them forever.
 */
export async function buildPages({ isHashed }) {
  const bundle = createBundler(isHashed);
  const pages = PAGES.map((name) => `pages/${name}`);
  const styles = await bundle([...pages, "pages/plain-page"].map((name) => `${name}.css`));
  const [elementStyles] = await bundle(["element/still-stream.css"]);
  // These are not modules.
  const classic = await bundle(["pages/old-browser.ts", "pages/bare-page.ts", "publish/encoder-worker.ts"], {
    format: "iife",
  });
  const [engine] = await bundle(["player/engine/engine-worker.ts"]);
  const define = {
    ENGINE_WORKER_FILE: JSON.stringify(engine?.file),
    ENCODER_WORKER_FILE: JSON.stringify(classic[2]?.file),
    ELEMENT_STYLES: JSON.stringify(elementStyles?.text),
  };
  const scripts = await bundle(
    [...pages, "element/still-stream"].map((name) => `${name}.ts`),
    { define },
  );
  // Documented addresses: their names never change.
  const [embed] = await bundle(["element/embed.ts"], {
    entryNames: "[name]",
    define: { ELEMENT_FILE: JSON.stringify(scripts.at(-1)?.file) },
  });
  const documented = await bundle(["player/live-player.ts", "styles/picture.css"], { entryNames: "[name]", define });
  const all = [...styles, ...classic, engine, ...scripts, embed, ...documented].filter((file) => file !== undefined);
  write(all);
}

/**
 * @typedef {{ name: string, file: string, text: string }} Bundled
 * @param {boolean} isHashed
 */
function createBundler(isHashed) {
  /**
   * Bundles each entry; returns the bundles in the same order.
   * @param {string[]} entries
   * @param {import("esbuild").BuildOptions} [options]
   * @returns {Promise<Bundled[]>}
   */
  return async (entries, options) =>
    await Promise.all(
      entries.map(async (entry) => {
        const { outputFiles = [] } = await build({
          entryPoints: [join(WEB, entry)],
          outdir: OUT,
          entryNames: isHashed ? "[name]-[hash]" : "[name]",
          write: false,
          bundle: true,
          minify: isHashed,
          format: "esm",
          target: "es2022",
          logLevel: "warning",
          ...options,
        });
        const [{ path = "", text = "" } = {}] = outputFiles;
        return { name: basename(entry).replace(/\.ts$/, ".js"), file: basename(path), text };
      }),
    );
}

/**
 * Writes bundles, each also compressed: a slow link is worth seconds of compression here.
 * @param {Bundled[]} bundles
 */
function write(bundles) {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  for (const { file, text } of bundles) {
    writeFileSync(join(OUT, file), text);
    writeFileSync(join(OUT, `${file}.gz`), gzipSync(text, { level: 9 }));
    writeFileSync(join(OUT, `${file}.br`), brotliCompressSync(text));
  }
  const manifest = Object.fromEntries(bundles.map(({ name, file }) => [name, file]));
  writeFileSync(join(OUT, "manifest.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPages({ isHashed: true });
