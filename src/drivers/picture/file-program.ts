import { createHash } from "node:crypto";
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { ImageTree } from "./image-tree.ts";
import { idOf, isRacy } from "./image-walk.ts";

/** What the process is asked, and answers. */
export interface FileQuestions {
  /** What is at a path. */
  readonly kind: {
    readonly question: { readonly ask: "kind"; readonly path: string };
    readonly answer: { readonly kind: "file" | "folder" | "pipe" | "missing" };
  };
  /** The image in a file, or the newest in a folder: without `bytes` it is that of the given id, or none was found so far. */
  readonly image: {
    readonly question: {
      readonly ask: "image";
      readonly path: string;
      readonly id: string | undefined;
      /** The id of an image in a folder that is broken: the newest of the others is wanted while it is the newest. */
      readonly broken: string | undefined;
    };
    readonly answer: {
      readonly id: string | undefined;
      readonly name: string;
      readonly bytes?: Uint8Array;
      readonly isInFolder: boolean;
      /** How long the search for it took, in milliseconds. */
      readonly searchMs: number;
    };
  };
}

export type FileQuestion = FileQuestions[keyof FileQuestions]["question"];
export type FileAnswer = FileQuestions[keyof FileQuestions]["answer"];

/** What the process sends. */
export type FileMessage =
  | { readonly isReady: true }
  | { readonly answer: FileAnswer }
  | { readonly error: { readonly message: string; readonly code: string | undefined } };

/** The largest file that is read, in bytes: no still image of a camera is larger. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** A named pipe is opened without waiting for its other end; Windows has no such flag, and no such files. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Folders that were asked for, with what is known of them. */
const trees = new Map<string, ImageTree>();

process.on("message", (question: FileQuestion) => {
  try {
    send({ answer: question.ask === "kind" ? kindOf(question.path) : findImage(question) });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    send({ error: { message, code } });
  }
});

// The server has ended.
process.on("disconnect", () => process.exit());

send({ isReady: true });

function send(message: FileMessage): void {
  process.send?.(message);
}

function kindOf(path: string): FileQuestions["kind"]["answer"] {
  try {
    const stats = statSync(path);
    return { kind: stats.isDirectory() ? "folder" : stats.isFIFO() ? "pipe" : "file" };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { kind: "missing" };
  }
}

function findImage({ path, id, broken }: FileQuestions["image"]["question"]): FileQuestions["image"]["answer"] {
  const startedAt = performance.now();
  const found = statSync(path, { bigint: true });
  if (!found.isDirectory()) trees.delete(path);
  requireFile(found);
  const isInFolder = found.isDirectory();
  const image = isInFolder ? treeOf(path).newestBut(broken?.replace(DIGEST, "")) : fileAt(path, found);
  const searchMs = performance.now() - startedAt;
  if (image === undefined) return { id: undefined, name: path, searchMs, isInFolder };
  const answer = { id: image.id, name: image.path.toString(), searchMs, isInFolder };
  const racy = isRacy(statSync(image.path, { bigint: true }));
  if (image.id === id && !racy) return answer;
  const bytes = read(image.path);
  const digest = ` ~${createHash("sha1").update(bytes).digest("hex")}`;
  const now = { ...answer, id: racy ? image.id + digest : image.id };
  return id === image.id + digest ? now : { ...now, bytes };
}

/** What an id ends in while the times of the file do not tell whether it changed. */
const DIGEST = / ~[0-9a-f]{40}$/;

function fileAt(path: string, found: BigIntStats): { readonly path: Buffer; readonly id: string } {
  const bytes = Buffer.from(path);
  return { path: bytes, id: idOf(bytes, found) };
}

function treeOf(path: string): ImageTree {
  const tree = trees.get(path) ?? new ImageTree(Buffer.from(path));
  trees.set(path, tree);
  return tree;
}

function read(path: Buffer): Uint8Array {
  const fd = openSync(path, READ_ONLY);
  try {
    const found = fstatSync(fd);
    requireFile(found);
    if (found.size > MAX_FILE_BYTES)
      throw new Error(`it has ${megabytes(found.size)} MB, and no image has more than 64`);
    const bytes = new Uint8Array(found.size);
    let length = 0;
    while (length < bytes.length) {
      const count = readSync(fd, bytes, length, bytes.length - length, null);
      if (count === 0) break;
      length += count;
    }
    return length === bytes.length ? bytes : bytes.slice(0, length);
  } finally {
    closeSync(fd);
  }
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1024 / 1024);
}

/** Throws for what would wait, or never end: to read a device or a pipe is another driver's work. */
function requireFile(found: Pick<Stats, "isFile" | "isDirectory" | "isFIFO">): void {
  if (found.isFile() || found.isDirectory()) return;
  throw new Error(found.isFIFO() ? "it is a named pipe, and no file" : "it is a device, and no file");
}
