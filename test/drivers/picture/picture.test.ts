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
import { fileReader } from "../../../src/drivers/picture/file-reader.ts";
import { picture } from "../../../src/drivers/picture/picture.ts";
import { SetupError } from "../../../src/util/errors.ts";
import { openDriver } from "../../support/cameras/open-driver.ts";
import { until } from "../../support/deferred.ts";
import { heavyJpeg, tinyJpeg } from "../../support/images/jpegs.ts";
import { testFolder } from "../../support/temporary-folder.ts";
import { virtualTime } from "../../support/virtual-time.ts";

const folder = testFolder();
let files = 0;

/** A path in a folder of its own. */
function newPath(name = "picture.jpg"): string {
  const own = join(folder, String(++files));
  mkdirSync(own);
  return join(own, name);
}

const [A, B, C] = ["a", "b", "c"].map((label) => tinyJpeg({ label })) as [Buffer, Buffer, Buffer];

/** The driver looks this often. */
const POLL_MS = 200;

/** Opens the driver and keeps what it gives. Time passes only by what is returned. */
function watched(t: TestContext, address: string) {
  const time = virtualTime(t);
  let [reading, looks] = [0, 0];
  const ask = fileReader.ask.bind(fileReader);
  t.mock.method(fileReader, "ask", async (...question: Parameters<typeof ask>) => {
    reading++;
    try {
      return await ask(...question);
    } finally {
      reading--;
      looks++;
    }
  });
  const camera = openDriver(t, picture, { address });
  const seen: { jpeg: Buffer; atMs: number }[] = [];
  let failure: Error | undefined;
  const watch = async () => {
    while (failure === undefined) {
      await camera.next().then(
        (jpeg) => seen.push({ jpeg, atMs: time.passedMs }),
        (error) => (failure = error),
      );
    }
  };
  watch().catch(() => {});
  /** Lets it look at the files some times, or until it fails. */
  const look = async (times = 1) => {
    for (let count = 0; count < times && failure === undefined; count++) {
      const before = looks;
      await until("it has looked", async () => {
        if (reading === 0 && looks === before) await time.advance(POLL_MS);
        return failure !== undefined || (reading === 0 && looks > before);
      });
    }
  };
  const showsAt = (jpeg: Buffer) => seen.at(-1)?.jpeg.equals(jpeg) ?? false;
  /** Waits until it shows an image, for a second of its time at most. */
  const shows = async (jpeg: Buffer) => {
    for (let count = 0; count < 1000 / POLL_MS && !showsAt(jpeg); count++) await look();
    await until("it shows the image", () => showsAt(jpeg));
  };
  /** The images in the order they came, without those that came again. */
  const changes = () => seen.map(({ jpeg }) => jpeg).filter((jpeg, index, all) => !all[index - 1]?.equals(jpeg));
  return { time, look, shows, changes, seen, dropped: camera.dropped, failure: () => failure };
}

test("the first image comes at once, also just after the process started", async (t) => {
  const path = newPath();
  writeFileSync(path, A);
  const time = virtualTime(t);
  t.mock.method(performance, "now", () => 5);
  let first: Buffer | undefined;
  const camera = openDriver(t, picture, { address: path });
  void camera.next().then((jpeg) => {
    first = jpeg;
  });
  assert.deepEqual(await until("it comes", () => first), A);
  assert.equal(time.passedMs, 0);
});

describe("an image file or folder", () => {
  test("a file that is rewritten is shown within a second", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    const camera = watched(t, path);
    await camera.shows(A);
    writeFileSync(path, heavyJpeg(50_000, "b"));
    await camera.shows(heavyJpeg(50_000, "b"));
  });

  test("a file rewritten with an image of the same size is shown", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    const camera = watched(t, path);
    await camera.shows(A);
    assert.equal(A.length, B.length);
    writeFileSync(path, B);
    await camera.shows(B);
  });

  test("a file rewritten with an image of the same size and an older date, as rsync -t does, is shown", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    const camera = watched(t, path);
    await camera.shows(A);
    writeFileSync(path, B);
    utimesSync(path, 1_000_000, 1_000_000);
    await camera.shows(B);
  });

  test("a file rewritten in its place with an image of the same size and date is shown", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    utimesSync(path, 1_000_000, 1_000_000);
    const camera = watched(t, path);
    await camera.shows(A);
    writeFileSync(path, B);
    utimesSync(path, 1_000_000, 1_000_000);
    await camera.shows(B);
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
    await camera.shows(B);
  });

  test("during a half-written file the last good image stays, one drop is counted, and the whole one follows", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    const camera = watched(t, path);
    await camera.shows(A);
    const whole = heavyJpeg(20_000, "b");
    writeFileSync(path, whole.subarray(0, 10_000));
    await camera.look(4);
    assert.equal(camera.dropped.length, 1);
    assert.ok(camera.dropped[0]?.includes(path));
    appendFileSync(path, whole.subarray(10_000));
    await camera.shows(whole);
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
    await camera.look(4);
    assert.equal(camera.changes().length, 1);
    assert.equal(camera.dropped.length, 1);
    writeFileSync(path, blue);
    await camera.look();
    await until("it shows the second", () => camera.changes().length === 2);
  });

  test("an empty file and a text leave the last good image, and the next one follows", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    const camera = watched(t, path);
    await camera.shows(A);
    for (const wrong of ["", "this is no picture at all"]) {
      writeFileSync(path, wrong);
      await camera.look(4);
      assert.deepEqual(camera.changes(), [A]);
    }
    writeFileSync(path, C);
    await camera.shows(C);
    assert.deepEqual(camera.changes(), [A, C]);
    assert.equal(camera.failure(), undefined);
  });

  test("a file that is absent for a moment is neither a failure nor a drop, and may come back", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    const camera = watched(t, path);
    await camera.shows(A);
    renameSync(path, `${path}.away`);
    await camera.look(4);
    const before = camera.seen.length;
    renameSync(`${path}.away`, path);
    await camera.look();
    await until("it comes again", () => camera.seen.length > before);
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
    await camera.shows(C);
    rmSync(join(own, "0.jpg"));
    await camera.shows(B);
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
    await camera.look(4);
    assert.deepEqual(camera.changes(), [A]);
    assert.deepEqual(camera.dropped, []);
  });

  test("while a folder's newest image is being written the last good one stays", async (t) => {
    const own = join(newPath(), "..");
    write(join(own, "1.jpg"), A, 1000);
    const camera = watched(t, own);
    await camera.shows(A);
    writeFileSync(join(own, "2.jpg"), B.subarray(0, 30));
    await camera.look(4);
    assert.deepEqual(camera.changes(), [A]);
    writeFileSync(join(own, "2.jpg"), B);
    await camera.shows(B);
  });

  test("if a folder's newest image stays half uploaded, the newest whole one is shown", async (t) => {
    const own = join(newPath(), "..");
    write(join(own, "1.jpg"), A, 1000);
    write(join(own, "2.jpg"), B, 2000);
    writeFileSync(join(own, "3.jpg"), C.subarray(0, 30));
    const camera = watched(t, own);
    await camera.shows(B);
    await camera.look(6000 / POLL_MS);
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

  test("an unchanged image is given again once a second", async (t) => {
    const path = newPath();
    writeFileSync(path, A);
    const camera = watched(t, path);
    await until("it comes", () => camera.seen.length === 1);
    await camera.look(3000 / POLL_MS);
    await until("it came four times", () => camera.seen.length === 4);
    assert.deepEqual(
      camera.seen.map(({ atMs }) => atMs),
      [0, 1000, 2000, 3000],
    );
    assert.deepEqual(camera.changes(), [A]);
  });

  test("a file that was never there fails at once, by name", async (t) => {
    const path = newPath();
    await assert.rejects(openDriver(t, picture, { address: path }).next(), {
      message: `Cannot read ${path}: there is no such file or folder`,
    });
  });

  for (const [what, wrong, why, drops] of [
    ["absent", undefined, "there is no such file or folder", 0],
    ["broken", A.subarray(0, 30), "it is not a whole JPEG of up to 16 MB", 1],
  ] as const) {
    test(`a file that is ${what} for five seconds fails by name, with the reason`, async (t) => {
      const path = newPath();
      writeFileSync(path, A);
      const camera = watched(t, path);
      await camera.shows(A);
      if (wrong === undefined) rmSync(path);
      else writeFileSync(path, wrong);
      const start = camera.time.passedMs;
      while (camera.failure() === undefined) await camera.look();
      const afterMs = camera.time.passedMs - start;
      assert.ok(afterMs > 5000 - POLL_MS && afterMs < 10_000, `${afterMs} ms`);
      const failure = await until("it fails", camera.failure);
      assert.equal(failure.message, `Cannot read ${path}: ${why}`);
      assert.equal(camera.dropped.length, drops);
    });
  }
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
