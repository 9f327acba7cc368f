/** `columns` 0 is as many as fit best; `large` "" is none. */
type Layout = { columns: number; large: string };

const KEY = "stillstream wall";

/** How the wall looked when it was last seen here. */
export function rememberedLayout(): Layout {
  try {
    const { columns, large } = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { columns: Number.isInteger(columns) ? columns : 0, large: typeof large === "string" ? large : "" };
  } catch {
    // Storage may be forbidden, as in an iframe of another origin.
    return { columns: 0, large: "" };
  }
}

export function rememberLayout(changes: Partial<Layout>) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...rememberedLayout(), ...changes }));
  } catch {
    // As above: then it is forgotten.
  }
}
