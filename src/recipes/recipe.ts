/** Shows a camera in another program: what to copy, where it goes, how it was checked. */
export interface Recipe {
  /** Part of ids on the page, such as `home-assistant-mjpeg`. */
  readonly id: string;
  readonly title: string;
  /** A sentence. */
  readonly where: string;
  readonly blocks: readonly Block[];
  /** Sentences; empty without any. */
  readonly note: string;
  readonly checked: Checked;
}

/** Is copied as a whole. */
export interface Block {
  /** The field it goes into; empty if there is only one place. */
  readonly label: string;
  /** As in a Markdown fence. */
  readonly language: "html" | "ini" | "nginx" | "caddy" | "python" | "sh" | "url" | "yaml";
  /**
   * With placeholders: `{server}`, the server's URL for others; `{upstream}`, its origin for a
   * proxy on this machine; `{prefix}`, its base path; `{camera}`, the camera's name; `{title}`, its
   * title, HTML-escaped.
   */
  readonly text: string;
}

/**
 * Says how a recipe was checked: run by this project's tests, or read in the product's docs or
 * source.
 */
export interface Checked {
  readonly how: "run" | "read";
  /** Programs with versions, or what was read. */
  readonly what: string;
  /** The day, as 2026-11-27. */
  readonly on: string;
}

export interface RecipeGroup {
  readonly id: string;
  readonly title: string;
  readonly recipes: readonly Recipe[];
}

/** Replaces the words in braces. */
export interface RecipeValues {
  readonly server: string;
  readonly upstream: string;
  readonly prefix: string;
  readonly camera: string;
  readonly title: string;
}

/** A part of a block's text. */
export interface Piece {
  readonly text: string;
  /** Whether it is the server's URL, which a page may know better than the server. */
  readonly isServer: boolean;
}

/** Returns a block's text for one camera, with the server's URLs apart. */
export function piecesOf({ text }: Block, values: RecipeValues): Piece[] {
  const pieces = text.split(/(\{(?:server|upstream|prefix|camera|title)\})/).filter((piece) => piece !== "");
  return pieces.map((piece) => ({ text: meaningOf(piece, values), isServer: piece === "{server}" }));
}

/** Returns a block's text for one camera. */
export function textOf(block: Block, values: RecipeValues): string {
  return piecesOf(block, values)
    .map(({ text }) => text)
    .join("");
}

/** Says in a sentence how a recipe was checked. */
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
