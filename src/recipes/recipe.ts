/** Shows a camera in another program. */
export interface Recipe {
  /** Part of ids on the page. */
  readonly id: string;
  readonly title: string;
  readonly where: string;
  readonly blocks: readonly Block[];
  readonly note: string;
  readonly checked: Checked;
}

export interface Block {
  /** Empty if there is only one place. */
  readonly label: string;
  readonly language: "html" | "ini" | "nginx" | "caddy" | "python" | "sh" | "url" | "yaml";
  /**
   * With placeholders: `{server}`, `{upstream}` (its origin for a proxy on this machine),
   * `{prefix}` (base path), `{camera}`, `{title}` (HTML-escaped).
   */
  readonly text: string;
}

export interface Checked {
  readonly how: "run" | "read";
  readonly what: string;
  /** As 2026-11-27. */
  readonly on: string;
}

export interface RecipeGroup {
  readonly id: string;
  readonly title: string;
  readonly recipes: readonly Recipe[];
}

export interface RecipeValues {
  readonly server: string;
  readonly upstream: string;
  readonly prefix: string;
  readonly camera: string;
  readonly title: string;
}

export interface Piece {
  readonly text: string;
  /** The server's URL, which a page may know better than the server. */
  readonly isServer: boolean;
}

/** Splits a block's text for one camera. */
export function piecesOf({ text }: Block, values: RecipeValues): Piece[] {
  const pieces = text.split(/(\{(?:server|upstream|prefix|camera|title)\})/).filter((piece) => piece !== "");
  return pieces.map((piece) => ({ text: meaningOf(piece, values), isServer: piece === "{server}" }));
}

export function textOf(block: Block, values: RecipeValues): string {
  return piecesOf(block, values)
    .map(({ text }) => text)
    .join("");
}

export function describeCheck({ how, what, on }: Checked): string {
  return how === "run" ? `Run by this project's tests with ${what}, ${on}.` : `Read in ${what}, ${on}; not run.`;
}

function meaningOf(piece: string, { server, upstream, prefix, camera, title }: RecipeValues): string {
  switch (piece) {
    case "{server}":
      return server;
    case "{upstream}":
      return upstream;
    case "{prefix}":
      return prefix;
    case "{camera}":
      return camera;
    case "{title}":
      return title.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
    default:
      return piece;
  }
}
