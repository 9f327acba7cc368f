import { statSync } from "node:fs";
import { FileDates, isNewer } from "./file-dates.ts";
import {
  type Folder,
  type FoundImage,
  ImageWalk,
  imageAt,
  isRacy,
  keepListed,
  type ListedFolder,
  relist,
} from "./image-walk.ts";

/** In durations of a full walk: walks take at most 5 % of a core. */
const REST_FACTOR = 20;

/** Other cameras wait meanwhile. */
const SLICE_MS = 200;

/** Then an unfinished first walk gives its newest image so far. */
const PATIENCE_MS = 3000;

/**
 * Finds the newest image in a folder and all below it. Between full walks it checks the folders
 * above the newest image, and those that changed last. Its calls block.
 */
export class ImageTree {
  readonly #root: Folder;
  readonly #dates = new FileDates();
  readonly #dateOf: FileDates["of"] = (...file) => this.#dates.of(...file);
  readonly #dateOfFound: FileDates["of"] = (...file) => this.#dates.ofFound(...file);
  #newest: FoundImage | undefined;
  #listed = new Map<string, ListedFolder>();
  #walk: ImageWalk | undefined;
  #second: { readonly id: string; readonly image: FoundImage | undefined } | undefined;
  #restsUntil = Number.NEGATIVE_INFINITY;

  constructor(root: Buffer) {
    this.#root = { path: root, depth: 0 };
  }

  newestBut(broken: string | undefined): FoundImage | undefined {
    const newest = this.newest();
    if (newest === undefined || newest.id !== broken) return newest;
    if (this.#second?.id === broken) {
      const { image } = this.#second;
      if (image === undefined || isThere(image)) return image ?? newest;
    }
    const walk = new ImageWalk(this.#root, this.#dateOfFound, broken);
    while (!walk.goOn(SLICE_MS));
    this.#second = { id: broken, image: walk.newest };
    return walk.newest ?? newest;
  }

  /**
   * Undefined while a walk has found none. Throws if there is none, or the folder is unreadable.
   */
  newest(): FoundImage | undefined {
    if (this.#dates.followClock(this.#newest)) {
      this.#walk = undefined;
      this.#second = undefined;
      this.#restsUntil = Number.NEGATIVE_INFINITY;
    }
    this.#glance();
    if (this.#newest === undefined || performance.now() >= this.#restsUntil) {
      this.#walk ??= new ImageWalk(this.#root, this.#dateOfFound);
    }
    const walk = this.#walk;
    if (walk === undefined) return this.#newest;
    if (this.#isDone(walk)) {
      if (this.#newest === undefined) throw new Error("there is no image in this folder");
      return this.#newest;
    }
    return this.#newest ?? (performance.now() - walk.startedAt > PATIENCE_MS ? walk.newest : undefined);
  }

  #isDone(walk: ImageWalk): boolean {
    let isDone = true;
    try {
      isDone = walk.goOn(SLICE_MS);
    } finally {
      if (isDone) this.#walk = undefined;
    }
    if (!isDone) return false;
    this.#restsUntil = performance.now() + walk.spentMs * REST_FACTOR;
    this.#dates.sweep();
    if (walk.newest !== undefined && !(this.#newest !== undefined && isNewer(this.#newest, walk.newest))) {
      this.#newest = walk.newest;
    }
    this.#listed = walk.listed;
    return true;
  }

  #glance(): void {
    if (this.#newest === undefined) return;
    try {
      const before = this.#newest;
      this.#newest = imageAt(before.path, this.#dateOf);
      // Rewritten with an older date.
      if (isNewer(before, this.#newest)) this.#restsUntil = Number.NEGATIVE_INFINITY;
    } catch {
      this.#newest = undefined;
      return;
    }
    for (const [key, folder] of [...this.#listed]) {
      try {
        this.#glanceAt(folder);
      } catch {
        this.#listed.delete(key);
      }
    }
  }

  #glanceAt(folder: ListedFolder): void {
    const found = statSync(folder.path, { bigint: true });
    if (found.mtimeNs === folder.mtimeNs && !isRacy(found)) return;
    const { now, news } = relist(folder, found, this.#dateOf);
    keepListed(this.#listed, now, this.#newest);
    for (const item of news) {
      if (!("depth" in item)) {
        if (isNewer(item, this.#newest)) this.#newest = item;
        continue;
      }
      const walk = new ImageWalk(item, this.#dateOf);
      while (!walk.goOn(SLICE_MS));
      if (walk.newest !== undefined && isNewer(walk.newest, this.#newest)) this.#newest = walk.newest;
      for (const listed of walk.listed.values()) keepListed(this.#listed, listed, this.#newest);
    }
  }
}

function isThere({ path }: FoundImage): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
