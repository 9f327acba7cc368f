// @ts-check

/** @typedef {{ columns: number, large: string }} Layout `columns` 0 is as many as fit best; `large` "" is none. */

const KEY = "stillstream wall";

/**
 * How the wall looked when it was last seen here.
 *
 * @returns {Layout}
 */
export function rememberedLayout() {
  try {
    const { columns, large } = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { columns: Number.isInteger(columns) ? columns : 0, large: typeof large === "string" ? large : "" };
  } catch {
    // Storage may be forbidden, as in an iframe of another origin.
    return { columns: 0, large: "" };
  }
}

/** @param {Partial<Layout>} changes */
export function rememberLayout(changes) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...rememberedLayout(), ...changes }));
  } catch {
    // As above: then it is forgotten.
  }
}
