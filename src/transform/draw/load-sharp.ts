import { loadPackage } from "../../util/process/load-package.ts";

type Sharp = typeof import("sharp")["default"];

let loading: Promise<Sharp> | undefined;

/** sharp, loaded with the first picture that needs it. Rejects where it cannot be loaded, and may be asked again. */
export function loadSharp(): Promise<Sharp> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<Sharp> {
  const { default: sharp } = await loadPackage(() => import("sharp"));
  // No picture comes twice: what libvips remembers of the last ones is memory for nothing.
  sharp.cache(false);
  // One thread for each picture: how many are encoded at a time is for `Slots` to say.
  sharp.concurrency(1);
  return sharp;
}
