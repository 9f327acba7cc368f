import { type BigIntStats, readdirSync, statSync } from "node:fs";
import { sep } from "node:path";
import { type Dated, type FileTimes, isNewer } from "./file-dates.ts";

/** Formats of sharp's prebuilt library (https://sharp.pixelplumbing.com/), and BMP. */
const IMAGE_NAME = /\.(jpe?g|png|webp|gif|avif|tiff?|svg|bmp)$/i;

/** Hidden files, and Synology's and QNAP's: `@eaDir`, `@Recycle`, `#recycle`. */
const SERVICE_NAME = /^[.@#]/;

/** Cameras' uploads are five deep. */
const MAX_DEPTH = 16;

/** A file each second for eleven days. */
const MAX_ENTRIES = 1_000_000;

/** Of several cameras, today's folders and the last ones. */
const MAX_LISTED = 64;

/**
 * May change again within one tick of the file system's clock: 10 ms on Linux, at
 * 100 Hz. If all times are whole seconds the tick may be 2 s, as on FAT, by a
 * server's clock.
 */
const RACY_MS = 20;
const COARSE_RACY_MS = 3000;

const STEP = 50;

/** Its path is in bytes: names need not be UTF-8. */
export interface FoundImage extends Dated {
  /** Changes when the file is written or replaced. */
  readonly id: string;
}

export interface Folder {
  readonly path: Buffer;
  readonly depth: number;
}

export interface ListedFolder extends Folder {
  readonly mtimeNs: bigint;
  readonly names: ReadonlySet<string>;
}

type DateOf = (path: Buffer, times: FileTimes) => Dated;

/** Walks once through a folder, in slices of time. Its calls block. */
export class ImageWalk {
  readonly startedAt = performance.now();
  spentMs = 0;
  /** In reverse order of names: of dated folders the newest first. */
  newest: FoundImage | undefined;
  readonly listed = new Map<string, ListedFolder>();
  readonly #dateOf: DateOf;
  readonly #without: string | undefined;
  readonly #steps: Generator<undefined, void>;
  /** By device and inode: a link may lead back up. */
  readonly #visited = new Set<string>();
  #entries = 0;

  constructor(root: Folder, dateOf: DateOf, without?: string) {
    this.#dateOf = dateOf;
    this.#without = without;
    this.#steps = this.#list(root);
  }

  /**
   * Returns whether the walk is done. Throws if the folder is unreadable, or has too many files.
   */
  goOn(ms: number): boolean {
    const startedAt = performance.now();
    let isDone = false;
    while (!isDone && performance.now() - startedAt < ms) isDone = this.#steps.next().done === true;
    this.spentMs += performance.now() - startedAt;
    return isDone;
  }

  *#list(folder: Folder): Generator<undefined, void> {
    // Before its names: later changes show as such.
    const found = statSync(folder.path, { bigint: true });
    const place = `${found.dev} ${found.ino}`;
    if (this.#visited.has(place)) return;
    this.#visited.add(place);
    // Latin-1 keeps the bytes of any name.
    const entries = readdirSync(folder.path, { encoding: "latin1", withFileTypes: true });
    const folders: Folder[] = [];
    for (const entry of entries) {
      if (++this.#entries % STEP === 0) yield;
      if (this.#entries > MAX_ENTRIES) throw new Error(`it has more than ${MAX_ENTRIES} files`);
      const below = lookAt(folder, entry.name, this.#dateOf, entry.isFile());
      if (below === undefined) continue;
      if ("depth" in below) folders.push(below);
      else if (below.id !== this.#without && isNewer(below, this.newest)) this.newest = below;
    }
    folders.sort((one, other) => Buffer.compare(other.path, one.path));
    for (const below of folders) {
      try {
        yield* this.#list(below);
      } catch (error) {
        if (!("code" in (error as Error))) throw error;
      }
    }
    const names = entries.map(({ name }) => name);
    keepListed(this.listed, listing(folder, found, names), this.newest);
  }
}

export function relist(folder: ListedFolder, found: BigIntStats, dateOf: DateOf) {
  // Names alone take a third of the time for 100,000 files.
  const names = readdirSync(folder.path, "latin1");
  const added = names.filter((name) => !folder.names.has(name));
  const news = added.flatMap((name) => lookAt(folder, name, dateOf) ?? []);
  return { now: listing(folder, found, names), news };
}

/** Throws if it is gone, or no file. */
export function imageAt(path: Buffer, dateOf: DateOf, found = statSync(path, { bigint: true })): FoundImage {
  if (!found.isFile()) throw new Error("it is not a file");
  const { mtimeNs, ctimeNs } = found;
  const times = { mtimeMs: Number(mtimeNs) / 1e6, ctimeMs: Number(ctimeNs) / 1e6 };
  return { ...dateOf(path, times), id: idOf(path, found) };
}

/** Includes the change time: copying sets only the date. */
export function idOf(path: Buffer, { ino, mtimeNs, ctimeNs, size }: BigIntStats): string {
  return `${keyOf({ path })} ${ino} ${mtimeNs} ${ctimeNs} ${size}`;
}

/** Returns whether the file may change without another time to show it. */
export function isRacy({ mtimeNs, ctimeNs }: BigIntStats): boolean {
  const isCoarse = mtimeNs % 1_000_000_000n === 0n && ctimeNs % 1_000_000_000n === 0n;
  return Math.abs(Date.now() - Number(mtimeNs) / 1e6) < (isCoarse ? COARSE_RACY_MS : RACY_MS);
}

function keyOf({ path }: { readonly path: Buffer }): string {
  return path.toString("latin1");
}

/** Drops the folder unchanged longest, unless it leads to the newest image. */
export function keepListed(all: Map<string, ListedFolder>, folder: ListedFolder, newest: FoundImage | undefined): void {
  all.set(keyOf(folder), folder);
  if (all.size <= MAX_LISTED) return;
  const others = [...all].filter(([, one]) => newest === undefined || !leadsTo(one, newest));
  if (others.length <= MAX_LISTED) return;
  const [key] = others.reduce((oldest, other) => (other[1].mtimeNs < oldest[1].mtimeNs ? other : oldest));
  all.delete(key);
}

function leadsTo(folder: Folder, { path }: FoundImage): boolean {
  return keyOf({ path }).startsWith(keyOf({ path: join(folder.path, Buffer.alloc(0)) }));
}

function lookAt(folder: Folder, name: string, dateOf: DateOf, isFile = false): FoundImage | Folder | undefined {
  const isImage = IMAGE_NAME.test(name);
  // Links, and entries of unknown type, may be folders.
  if (SERVICE_NAME.test(name) || (isFile && !isImage)) return undefined;
  const path = join(folder.path, Buffer.from(name, "latin1"));
  let found: BigIntStats;
  try {
    found = statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
  if (found.isDirectory()) return folder.depth < MAX_DEPTH ? { path, depth: folder.depth + 1 } : undefined;
  return isImage && found.isFile() ? imageAt(path, dateOf, found) : undefined;
}

function listing(folder: Folder, { mtimeNs }: BigIntStats, names: readonly string[]): ListedFolder {
  return { ...folder, mtimeNs, names: new Set(names) };
}

function join(folder: Buffer, name: Buffer): Buffer {
  const last = folder[folder.length - 1];
  const isSeparated = last === 0x2f || last === sep.charCodeAt(0);
  return Buffer.concat([folder, Buffer.from(isSeparated ? "" : sep), name]);
}
