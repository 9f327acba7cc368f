import { createHash } from "node:crypto";
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { ImageTree } from "./image-tree.ts";
import { idOf, isRacy } from "./image-walk.ts";

export interface FileQuestions {
  readonly kind: {
    readonly question: { readonly ask: "kind"; readonly path: string };
    readonly answer: { readonly kind: "file" | "folder" | "pipe" | "missing" };
  };
  /**
   * Asks for a file's image, or the newest in a folder. No `bytes`: still the image with that id,
   * or none so far.
   */
  readonly image: {
    readonly question: {
      readonly ask: "image";
      readonly path: string;
      readonly id: string | undefined;
      /** Then the next newest is wanted. */
      readonly broken: string | undefined;
    };
    readonly answer: {
      readonly id: string | undefined;
      readonly name: string;
      readonly bytes?: Uint8Array;
      readonly isInFolder: boolean;
      readonly searchMs: number;
    };
  };
}

export type FileQuestion = FileQuestions[keyof FileQuestions]["question"];
export type FileAnswer = FileQuestions[keyof FileQuestions]["answer"];

export type FileMessage =
  | { readonly isReady: true }
  | { readonly answer: FileAnswer }
  | { readonly error: { readonly message: string; readonly code: string | undefined } };

const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Opens a named pipe without waiting for its other end. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

const trees = new Map<string, ImageTree>();

process.on("message", (question: FileQuestion) => {
  try {
    send({ answer: question.ask === "kind" ? kindOf(question.path) : findImage(question) });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    send({ error: { message, code } });
  }
});

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

/** Ends an id while the times do not tell whether the file changed. */
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
    if (found.size > MAX_FILE_BYTES) throw new Error(`it has ${megabytes(found.size)} MB, and the limit is 64`);
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

/** Devices and pipes never end; other drivers read them. */
function requireFile(found: Pick<Stats, "isFile" | "isDirectory" | "isFIFO">): void {
  if (found.isFile() || found.isDirectory()) return;
  throw new Error(found.isFIFO() ? "it is a named pipe, not a file" : "it is a device, not a file");
}
