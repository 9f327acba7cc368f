/** How to show a camera in another program: what to copy, where it goes, and what it was checked with. */
export interface Recipe {
  /** Its part of a page's ids, such as `home-assistant-mjpeg`. */
  readonly id: string;
  readonly title: string;
  /** Where the text goes, as a sentence. */
  readonly where: string;
  /** What to copy, one block after the other. */
  readonly blocks: readonly Block[];
  /** What else to know, as sentences; empty when there is nothing. */
  readonly note: string;
  readonly checked: Checked;
}

/** A text to copy as a whole. */
export interface Block {
  /** The field it goes into; empty where there is but one place. */
  readonly label: string;
  /** As in a Markdown fence. */
  readonly language: "html" | "ini" | "nginx" | "caddy" | "python" | "sh" | "url" | "yaml";
  /**
   * `{server}` is the server's address as others know it, without a slash at its end; `{upstream}` its origin as a proxy on
   * this machine knows it, and `{prefix}` the path all its URLs start with; `{camera}` the camera's name, and `{title}` its
   * title as it stands in an HTML attribute.
   */
  readonly text: string;
}

/** By what a recipe was checked: run by this project's tests, or read in the product's own documentation or source. */
export interface Checked {
  readonly how: "run" | "read";
  /** Programs with their versions, or what was read. */
  readonly what: string;
  /** The day, as 2026-11-27. */
  readonly on: string;
}

/** Recipes that belong together. */
export interface RecipeGroup {
  readonly id: string;
  readonly title: string;
  readonly recipes: readonly Recipe[];
}

/** What stands for the words in braces. */
export interface RecipeValues {
  readonly server: string;
  readonly upstream: string;
  readonly prefix: string;
  readonly camera: string;
  readonly title: string;
}

/** A stretch of a block's text. */
export interface Piece {
  readonly text: string;
  /** True for the server's address, which a page may know better than the server does. */
  readonly isServer: boolean;
}

/** A block's text for one camera, with the server's addresses apart. */
export function piecesOf({ text }: Block, values: RecipeValues): Piece[] {
  const pieces = text.split(/(\{(?:server|upstream|prefix|camera|title)\})/).filter((piece) => piece !== "");
  return pieces.map((piece) => ({ text: meaningOf(piece, values), isServer: piece === "{server}" }));
}

/** A block's text for one camera. */
export function textOf(block: Block, values: RecipeValues): string {
  return piecesOf(block, values)
    .map(({ text }) => text)
    .join("");
}

/** By what a recipe was checked, as a sentence. */
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
