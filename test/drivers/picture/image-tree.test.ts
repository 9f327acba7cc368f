import assert from "node:assert/strict";
import { chmodSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { ImageTree } from "../../../src/drivers/picture/image-tree.ts";
import { isRacy } from "../../../src/drivers/picture/image-walk.ts";
import { testFolder } from "../../support/temporary-folder.ts";

const folder = testFolder();
let count = 0;

/** A folder of its own for a test, and what is needed to fill it. */
function uploads() {
  const root = join(folder, String(++count));
  mkdirSync(root);
  const pathOf = (path: string | Buffer) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path)]);
  return {
    root,
    tree: new ImageTree(Buffer.from(root)),
    /** Writes a file, with a date in seconds since the epoch; now where none is given. */
    put(path: string | Buffer, date?: number): void {
      if (typeof path === "string") mkdirSync(dirname(join(root, path)), { recursive: true });
      // Under another name first: it is not to be seen with the wrong date.
      const away = join(root, `.${++count}`);
      writeFileSync(away, "picture");
      if (date !== undefined) utimesSync(away, date, date);
      renameSync(away, pathOf(path));
    },
    pathOf,
  };
}

/** The newest image's path below the root. */
function newest(tree: ImageTree, root: string): string | undefined {
  return tree
    .newest()
    ?.path.toString("latin1")
    .slice(root.length + 1);
}

const now = () => Date.now() / 1000;

/**
 * Longer than the clock of any Linux file system takes to go on: 10 ms, of 100 Hz
 * (include/asm-generic/param.h).
 */
const tick = () => new Promise((resolve) => setTimeout(resolve, 25));

test("of dated folders the newest image is found, and each that is uploaded later, in new folders too", () => {
  const { root, tree, put } = uploads();
  put("2026/11/28/23-59-59.jpg", 1000);
  put("2026/11/29/08-00-00.jpg", 2000);
  assert.equal(newest(tree, root), "2026/11/29/08-00-00.jpg");
  put("2026/11/29/08-00-01.jpg", 2001);
  assert.equal(newest(tree, root), "2026/11/29/08-00-01.jpg");
  put("2026/11/30/00-00-00.jpg", 3000);
  assert.equal(newest(tree, root), "2026/11/30/00-00-00.jpg");
  put("2027/01/01/00-00-00.jpg", 4000);
  assert.equal(newest(tree, root), "2027/01/01/00-00-00.jpg");
  put("other/latest.jpg", 5000);
  assert.equal(newest(tree, root), "other/latest.jpg");
});

test("images of several cameras that upload in turn, each to folders of its own, are found at once", () => {
  const { root, tree, put } = uploads();
  for (let index = 0; index < 200; index++) put(`old/${index}/1.jpg`, 1000);
  for (const camera of ["a", "b"]) put(`${camera}/2026/1.jpg`, 2000);
  while (tree.newest() === undefined);
  for (let date = 3000; date < 3010; date++) {
    const path = `${date % 2 === 0 ? "a" : "b"}/2026/${date}.jpg`;
    put(path, date);
    assert.equal(newest(tree, root), path);
  }
  rmSync(join(root, "old"), { recursive: true });
  put("b/2027/1.jpg", 4000);
  assert.equal(newest(tree, root), "b/2027/1.jpg");
});

test("when the newest is deleted, or its folder, the newest of the others is found", () => {
  const { root, tree, put } = uploads();
  put("a/1.jpg", 1000);
  put("b/2.jpg", 2000);
  put("b/3.jpg", 3000);
  assert.equal(newest(tree, root), "b/3.jpg");
  rmSync(join(root, "b/3.jpg"));
  assert.equal(newest(tree, root), "b/2.jpg");
  rmSync(join(root, "b"), { recursive: true });
  assert.equal(newest(tree, root), "a/1.jpg");
  rmSync(join(root, "a/1.jpg"));
  assert.throws(() => tree.newest(), { message: "there is no image in this folder" });
  rmSync(root, { recursive: true });
  assert.throws(() => tree.newest(), { code: "ENOENT" });
});

test("a date in the future does not stick: such a file counts from when it came", async () => {
  const { root, tree, put } = uploads();
  put("2036/wrong-clock.jpg", now() + 10 * 365 * 86_400);
  put("2026/old.jpg", now() - 60);
  assert.equal(newest(tree, root), "2036/wrong-clock.jpg", "it came last");
  await tick();
  put("2026/new.jpg", now() + 1);
  assert.equal(newest(tree, root), "2026/new.jpg");
  await tick();
  put("2036/wrong-again.jpg", now() + 10 * 365 * 86_400 + 1);
  assert.equal(newest(tree, root), "2036/wrong-again.jpg");
  await tick();
  put("2026/newer.jpg", now() + 1.5);
  assert.equal(newest(tree, root), "2026/newer.jpg");
});

test("by a clock that is behind all files, such as one that begins at 1970, the newest is found, and each later one", (t) => {
  const { root, tree, put } = uploads();
  put("1.jpg", 1_700_000_000);
  put("2.jpg", 1_700_000_001);
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  assert.equal(newest(tree, root), "2.jpg");
  t.mock.timers.tick(1000);
  put("1-later.jpg", 1_700_000_000);
  assert.equal(newest(tree, root), "1-later.jpg");
});

test("when the clock is set, forward or back, the newest stays the newest, and each later one is found", (t) => {
  const { root, tree, put } = uploads();
  const real = Math.floor(now());
  const behind = real - 3600;
  const setClock = (seconds: number) => t.mock.timers.setTime(seconds * 1000);
  t.mock.timers.enable({ apis: ["Date"], now: behind * 1000 });
  put("1.jpg", real - 60);
  put("an-hour-ago.jpg", behind + 20);
  put("2.jpg", real - 30);
  assert.equal(newest(tree, root), "2.jpg");
  put("by-a-clock-behind.jpg", behind);
  assert.equal(newest(tree, root), "by-a-clock-behind.jpg");
  setClock(real);
  assert.equal(newest(tree, root), "by-a-clock-behind.jpg", "while the clock is right");
  put("3.jpg", real + 0.1);
  assert.equal(newest(tree, root), "3.jpg");
  setClock(behind);
  assert.equal(newest(tree, root), "3.jpg", "after the clock was set back");
  put("4.jpg", behind + 0.1);
  assert.equal(newest(tree, root), "4.jpg");
  // Time passes: what came an hour ago gets a date of just now.
  for (let seconds = 1; seconds < 30; seconds++) {
    setClock(behind + seconds);
    assert.equal(newest(tree, root), "4.jpg", `${seconds} s after the clock was set back`);
  }
});

test("a file with times of whole seconds may change again within 2 s, as on FAT, others within a tick", (t) => {
  const { put, pathOf } = uploads();
  put("1.jpg");
  const found = statSync(pathOf("1.jpg"), { bigint: true });
  const at = (ms: number) =>
    Object.assign(found, { mtimeNs: BigInt(ms) * 1_000_000n, ctimeNs: BigInt(ms) * 1_000_000n });
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_001_900 });
  assert.equal(isRacy(at(1_000_000_000)), true);
  assert.equal(isRacy(at(1_000_000_001)), false);
  assert.equal(isRacy(at(1_000_001_890)), true);
  assert.equal(isRacy(at(999_990_000)), false);
});

test("names that are not UTF-8 are found, in folders of such names too", () => {
  const { root, tree, put, pathOf } = uploads();
  mkdirSync(pathOf(Buffer.from("caf\xe9", "latin1")));
  put(Buffer.from("caf\xe9/Kamera \xfc.JPG", "latin1"), 1000);
  assert.equal(newest(tree, root), "caf\xe9/Kamera \xfc.JPG");
  put(Buffer.from("caf\xe9/\xff\xfe.jpeg", "latin1"), 2000);
  assert.equal(newest(tree, root), "caf\xe9/\xff\xfe.jpeg");
});

test("links that lead back up, broken links, folders that cannot be read and very deep ones do no harm", () => {
  const { root, tree, put } = uploads();
  put("day/1.jpg", 1000);
  symlinkSync("..", join(root, "day/up"));
  symlinkSync(root, join(root, "day/self"));
  symlinkSync("nowhere.jpg", join(root, "broken.jpg"));
  const elsewhere = uploads();
  elsewhere.put("linked.jpg", 2000);
  symlinkSync(elsewhere.root, join(root, "link"));
  mkdirSync(join(root, "locked"));
  chmodSync(join(root, "locked"), 0);
  put(`${"deep/".repeat(30)}too-deep.jpg`, 9000);
  assert.equal(newest(tree, root), "link/linked.jpg");
});

test("files that file servers and uploads keep beside images are skipped", () => {
  const { root, tree, put } = uploads();
  put("shown.jpg", 1000);
  for (const path of [
    "@eaDir/shown.jpg/SYNOPHOTO_THUMB_M.jpg",
    "#recycle/deleted.jpg",
    ".trash/deleted.jpg",
    "clip.mp4",
    "x.jpg.part",
  ]) {
    put(path, 5000);
  }
  assert.equal(newest(tree, root), "shown.jpg");
});

test("a file that is written again is the newest again, also with an older date or in a folder that is otherwise at rest", () => {
  const { root, tree, put } = uploads();
  put("1.jpg", 1000);
  put("folder/2.jpg", 2000);
  assert.equal(newest(tree, root), "folder/2.jpg");
  const { id } = tree.newest() ?? {};
  put("folder/2.jpg", 1500);
  assert.notEqual(tree.newest()?.id, id);
  put("folder/2.jpg", 500);
  assert.equal(newest(tree, root), "1.jpg");
});

test("in a folder with many files a new one is found without looking at all of them again", (t) => {
  const { root, tree, put } = uploads();
  for (let index = 0; index < 5000; index++) writeFileSync(join(root, `${String(index).padStart(5, "0")}.jpg`), "");
  while (tree.newest() === undefined);
  // Until it rests from its walk; the walk of this many takes more than a poll.
  const stats = t.mock.method(Buffer, "concat");
  put("new.jpg", now() + 1);
  assert.equal(newest(tree, root), "new.jpg");
  const before = stats.mock.callCount();
  assert.equal(newest(tree, root), "new.jpg");
  assert.ok(stats.mock.callCount() - before < 100, "paths are made for none of them");
});
