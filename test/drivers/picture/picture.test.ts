import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import sharp from "sharp";
import { picture } from "../../../src/drivers/picture/picture.ts";
import { SetupError } from "../../../src/util/errors.ts";
import { openDriver } from "../../support/cameras/open-driver.ts";
import { until } from "../../support/deferred.ts";
import { heavyJpeg, tinyJpeg } from "../../support/images/jpegs.ts";
import { testFolder } from "../../support/temporary-folder.ts";

const folder = testFolder();
let files = 0;

/** A path in a folder of its own. */
function newPath(name = "picture.jpg"): string {
  const own = join(folder, String(++files));
  mkdirSync(own);
  return join(own, name);
}

const [A, B, C] = ["a", "b", "c"].map((label) => tinyJpeg({ label })) as [Buffer, Buffer, Buffer];

/** Opens the driver and keeps what it gives. */
function watched(t: TestContext, address: string) {
  const camera = openDriver(t, picture, { address });
  const seen: { jpeg: Buffer; at: number }[] = [];
  let failure: Error | undefined;
  const watch = async () => {
    while (failure === undefined) {
      await camera.next().then(
        (jpeg) => seen.push({ jpeg, at: performance.now() }),
        (error) => (failure = error),
      );
    }
  };
  watch().catch(() => {});
  const shows = (jpeg: Buffer, withinMs = 10_000) =>
    until("it shows the picture", () => seen.at(-1)?.jpeg.equals(jpeg), withinMs);
  /** The pictures in the order they came, one that came again left out. */
  const changes = () => seen.map(({ jpeg }) => jpeg).filter((jpeg, index, all) => !all[index - 1]?.equals(jpeg));
  return { shows, changes, seen, dropped: camera.dropped, failure: () => failure };
}

/** Long enough for the file to be looked at a few times. */
const SEVERAL_LOOKS_MS = 700;
const severalLooks = () => new Promise((resolve) => setTimeout(resolve, SEVERAL_LOOKS_MS));

test("the first image comes at once, also just after the process started", async (t) => {
  const path = newPath();
  writeFileSync(path, A);
  t.mock.method(performance, "now", () => 5);
  const late = new Promise((resolve) => setTimeout(resolve, 3000, "late"));
  assert.deepEqual(await Promise.race([openDriver(t, picture, { address: path }).next(), late]), A);
});

// They mostly wait: they do it at the same time.
describe("an image file or folder", { concurrency: true }, () => {
  test("a file that is rewritten is shown within a second", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    const camera = watched(t, path);
    await camera.shows(A);
    writeFileSync(path, heavyJpeg(50_000, "b"));
    await camera.shows(heavyJpeg(50_000, "b"), 1000);
  });

  test("a file rewritten with an image of the same size is shown", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    const camera = watched(t, path);
    await camera.shows(A);
    assert.equal(A.length, B.length);
    writeFileSync(path, B);
    await camera.shows(B, 1000);
  });

  test("a file rewritten with an image of the same size and an older date, as rsync -t does, is shown", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    const camera = watched(t, path);
    await camera.shows(A);
    writeFileSync(path, B);
    utimesSync(path, 1_000_000, 1_000_000);
    await camera.shows(B, 1000);
  });

  test("a file rewritten in its place with an image of the same size and date is shown", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    utimesSync(path, 1_000_000, 1_000_000);
    const camera = watched(t, path);
    await camera.shows(A);
    writeFileSync(path, B);
    utimesSync(path, 1_000_000, 1_000_000);
    await camera.shows(B, 1000);
  });

  test("a file that is replaced by renaming another is shown, though size and date be the same", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    utimesSync(path, 1_000_000, 1_000_000);
    const camera = watched(t, path);
    await camera.shows(A);
    writeFileSync(`${path}.new`, B);
    utimesSync(`${path}.new`, 1_000_000, 1_000_000);
    renameSync(`${path}.new`, path);
    await camera.shows(B, 1000);
  });

  test("during a half-written file the last good image stays, one drop is counted, and the whole one follows", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    const camera = watched(t, path);
    await camera.shows(A);
    const whole = heavyJpeg(20_000, "b");
    writeFileSync(path, whole.subarray(0, 10_000));
    await until("it is counted", () => camera.dropped.length > 0);
    await severalLooks();
    assert.equal(camera.dropped.length, 1);
    assert.ok(camera.dropped[0]?.includes(path));
    appendFileSync(path, whole.subarray(10_000));
    await camera.shows(whole, 1000);
    assert.deepEqual(camera.changes(), [A, whole]);
    assert.equal(camera.failure(), undefined);
  });

  test("a half-written PNG leaves the last good image", async (t) => {
    const path = newPath("picture.png");
    const [red, blue] = await Promise.all([pngOf("red"), pngOf("blue")]);
    writeFileSync(path, red);
    const camera = watched(t, path);
    await until("it shows the first", () => camera.seen.length > 0);
    writeFileSync(path, blue.subarray(0, blue.length - 30));
    await until("it is counted", () => camera.dropped.length > 0);
    await severalLooks();
    assert.equal(camera.changes().length, 1);
    assert.equal(camera.dropped.length, 1);
    writeFileSync(path, blue);
    await until("it shows the second", () => camera.changes().length === 2, 1000);
  });

  test("an empty file and a text leave the last good image, and the next one follows", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    const camera = watched(t, path);
    await camera.shows(A);
    for (const wrong of ["", "this is no picture at all"]) {
      writeFileSync(path, wrong);
      await severalLooks();
      assert.deepEqual(camera.changes(), [A]);
    }
    writeFileSync(path, C);
    await camera.shows(C, 1000);
    assert.deepEqual(camera.changes(), [A, C]);
    assert.equal(camera.failure(), undefined);
  });

  test("a file that is absent for a moment is neither a failure nor a drop, and may come back", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    const camera = watched(t, path);
    await camera.shows(A);
    renameSync(path, `${path}.away`);
    await severalLooks();
    const before = camera.seen.length;
    renameSync(`${path}.away`, path);
    await until("it comes again", () => camera.seen.length > before, 1000);
    assert.deepEqual(camera.changes(), [A]);
    assert.deepEqual(camera.dropped, []);
    assert.equal(camera.failure(), undefined);
  });

  test("bytes behind the image's end are cut off", async (t) => {
    const path = newPath();
    writeFileSync(path, Buffer.concat([A, Buffer.from("trailing")]));
    await watched(t, path).shows(A);
  });

  test("a file of another format is converted, and turned as its EXIF says", async (t) => {
    const path = newPath("picture.tiff");
    const tiff = sharp({ create: { width: 40, height: 20, channels: 3, background: "red" } }).withMetadata({
      orientation: 6,
    });
    writeFileSync(path, await tiff.tiff().toBuffer());
    const { format, width, height } = await sharp(await openDriver(t, picture, { address: path }).next()).metadata();
    assert.deepEqual({ format, width, height }, { format: "jpeg", width: 20, height: 40 });
  });

  test("a PNG is converted, its colors kept", async (t) => {
    const path = newPath("picture.png");
    writeFileSync(path, await pngOf("blue"));
    const image = sharp(await openDriver(t, picture, { address: path }).next());
    assert.equal((await image.metadata()).format, "jpeg");
    const [red, green, blue] = (await image.raw().toBuffer()) as unknown as [number, number, number];
    assert.ok(red < 20 && green < 20 && blue > 235, `${red} ${green} ${blue}`);
  });

  test("of a folder the newest image is shown, by its date and not by its name", async (t) => {
    const own = join(newPath(), "..");
    write(join(own, "3.jpg"), A, 1000);
    write(join(own, "2.jpeg"), B, 3000);
    write(join(own, "1.JPG"), C, 2000);
    const camera = watched(t, own);
    await camera.shows(B);
    write(join(own, "0.jpg"), C, 4000);
    await camera.shows(C, 1000);
    rmSync(join(own, "0.jpg"));
    await camera.shows(B, 1000);
  });

  test("of equally new images in a folder the last by name is shown", async (t) => {
    const own = join(newPath(), "..");
    write(join(own, "image-1.jpg"), A, 1000);
    write(join(own, "image-3.jpg"), C, 1000);
    write(join(own, "image-2.jpg"), B, 1000);
    await watched(t, own).shows(C);
  });

  test("a folder's hidden files, other files and folders are skipped", async (t) => {
    const own = join(newPath(), "..");
    write(join(own, "shown.jpg"), A, 1000);
    for (const name of [".hidden.jpg", "notes.txt", "picture.jpg.part", "jpg", "video.mp4"])
      write(join(own, name), B, 5000);
    mkdirSync(join(own, "folder.jpg"));
    const camera = watched(t, own);
    await camera.shows(A);
    write(join(own, ".still-uploading.jpg"), C, 6000);
    await severalLooks();
    assert.deepEqual(camera.changes(), [A]);
    assert.deepEqual(camera.dropped, []);
  });

  test("while a folder's newest image is being written the last good one stays", async (t) => {
    const own = join(newPath(), "..");
    write(join(own, "1.jpg"), A, 1000);
    const camera = watched(t, own);
    await camera.shows(A);
    writeFileSync(join(own, "2.jpg"), B.subarray(0, 30));
    await severalLooks();
    assert.deepEqual(camera.changes(), [A]);
    writeFileSync(join(own, "2.jpg"), B);
    await camera.shows(B, 1000);
  });

  test("if a folder's newest image stays half uploaded, the newest whole one is shown", async (t) => {
    const own = join(newPath(), "..");
    write(join(own, "1.jpg"), A, 1000);
    write(join(own, "2.jpg"), B, 2000);
    writeFileSync(join(own, "3.jpg"), C.subarray(0, 30));
    const camera = watched(t, own);
    await camera.shows(B);
    await new Promise((resolve) => setTimeout(resolve, 6000));
    assert.equal(camera.failure(), undefined);
    assert.deepEqual(camera.changes(), [B]);
    assert.equal(camera.dropped.length, 1);
    writeFileSync(join(own, "4.jpg"), A);
    await camera.shows(A);
  });

  test("a folder without an image is a failure that says so", async (t) => {
    const own = join(newPath(), "..");
    await assert.rejects(openDriver(t, picture, { address: own }).next(), {
      message: `Cannot read ${own}: there is no image in this folder`,
    });
  });

  test("a missing file is refused at the start, with status 2 and what to do", async () => {
    const path = newPath();
    const check = (options: Record<string, unknown>) => picture.check?.(picture.options.parse(options));
    await assert.rejects(check({ address: path }) as Promise<void>, (error) => {
      assert.ok(error instanceof SetupError);
      assert.equal(error.exitCode, 2);
      assert.ok(error.message.includes(JSON.stringify(path)) && error.message.includes("wait=true"), error.message);
      return true;
    });
    await check({ address: path, wait: "true" });
    writeFileSync(path, A);
    await check({ address: path });
    await check({ address: join(path, "..") });
  });

  test("an unchanged image is given again about once a second", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    const camera = watched(t, path);
    await until("it came four times", () => camera.seen.length >= 4, 8000);
    assert.deepEqual(camera.changes(), [A]);
    for (const [index, { at }] of camera.seen.slice(1, 4).entries()) {
      const gap = at - (camera.seen[index]?.at as number);
      assert.ok(gap > 950, `given again after ${gap} ms`);
    }
  });

  test("a file that was never there fails at once, by name", async (t) => {
    const path = newPath();
    await assert.rejects(openDriver(t, picture, { address: path }).next(), {
      message: `Cannot read ${path}: there is no such file or folder`,
    });
  });

  test("a file that is absent for long fails by name", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    const camera = watched(t, path);
    await camera.shows(A);
    rmSync(path);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    assert.equal(camera.failure(), undefined);
    await until("it fails", () => camera.failure(), 6000);
    assert.equal(camera.failure()?.message, `Cannot read ${path}: there is no such file or folder`);
  });

  test("a file that is broken for long fails by name, with the reason", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    const camera = watched(t, path);
    await camera.shows(A);
    writeFileSync(path, A.subarray(0, 30));
    await until("it fails", () => camera.failure(), 9000);
    assert.equal(camera.failure()?.message, `Cannot read ${path}: it is not a whole JPEG of up to 16 MB`);
    assert.equal(camera.dropped.length, 1);
  });
});

/** Writes a file with a date, in seconds since the epoch. */
function write(path: string, bytes: Buffer, date: number): void {
  // Under another name first: the newest of a folder is not to be seen with the wrong date.
  const away = join(path, "..", `.${files++}.tmp`);
  writeFileSync(away, bytes);
  utimesSync(away, date, date);
  renameSync(away, path);
  assert.equal(statSync(path).mtimeMs, date * 1000);
  assert.deepEqual(readFileSync(path), bytes);
}

async function pngOf(background: string): Promise<Buffer> {
  return await sharp({ create: { width: 32, height: 32, channels: 3, background } })
    .png({ compressionLevel: 0 })
    .toBuffer();
}
