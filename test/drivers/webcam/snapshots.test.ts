import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { z } from "zod";
import { defineDriver } from "../../../src/drivers/driver.ts";
import { type SnapshotRequest, snapshots } from "../../../src/drivers/webcam/snapshots.ts";
import { type OpenDriver, openDriver } from "../../support/cameras/open-driver.ts";
import { until } from "../../support/deferred.ts";
import { FAKE_FRAMES } from "../../support/paths.ts";
import { allChildrenGone, children, needsProc, processFacts, setPath } from "../../support/programs/processes.ts";
import {
  type SnapshotFacts,
  type SnapshotRun,
  type SnapshotStub,
  snapshotStub,
} from "../../support/programs/snapshot-stub.ts";
import { testFolder } from "../../support/temporary-folder.ts";
import { needs } from "../../support/tools.ts";
import { virtualTime } from "../../support/virtual-time.ts";

const skip = needs("python3") || needsProc;
const folder = testFolder();
const { TMPDIR } = process.env;

/** What the stand-in gives at its run of a number, from 1. */
const picture = (run: number) => readFileSync(FAKE_FRAMES[run % FAKE_FRAMES.length] as string);

/** Snapshots of /dev/video0 by a stand-in for fswebcam, which is the only program there is. */
function snapping(
  t: TestContext,
  facts: Omit<SnapshotFacts, "name"> = {},
  request: Partial<SnapshotRequest> = {},
): OpenDriver & { stub: SnapshotStub } {
  const stub = snapshotStub(folder, { name: "fswebcam", ...facts });
  setPath(t, stub.folder);
  return { ...openSnapshots(t, request), stub };
}

function openSnapshots(t: TestContext, request: Partial<SnapshotRequest>) {
  const whole = { platform: "linux", address: "/dev/video0", wanted: { quality: 90 }, given: [], ...request } as const;
  const driver = defineDriver({
    summary: "snapshots",
    options: z.strictObject({}),
    open: (_options, context) => snapshots(whole, context),
  });
  return openDriver(t, driver, {});
}

/** Makes `path`, which is created, the folder for temporary files until the test ends. */
function setTemporaryFolder(t: TestContext, path: string): void {
  process.env["TMPDIR"] = path;
  t.after(() => {
    if (TMPDIR === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = TMPDIR;
  });
}

const isGone = (pid: number) => [undefined, "Z"].includes(processFacts(pid)?.state);

test("images are taken one at a time, in a private folder that is removed afterwards", {
  skip,
}, async (t) => {
  const camera = snapping(t, {}, { wanted: { width: 640, height: 480, quality: 70 } });
  for (let run = 1; run <= 4; run++) assert.deepEqual(await camera.next(), picture(run));
  const runs = camera.stub.runs();
  const [first] = runs;
  assert.equal(first?.args.join(" "), "-q -r 640x480 --jpeg 70 -d /dev/video0 --no-banner --skip 3 1.jpg");
  assert.equal(new Set(runs.map((run) => run.args.at(-1))).size, runs.length);
  for (const run of runs) {
    assert.deepEqual([run.folder, run.mode, run.files], [first.folder, "0o700", []]);
  }
  await camera.close();
  assert.equal(existsSync(first.folder), false);
  await allChildrenGone();
});

test("a note tells the method, the reason, unsupported options, and the size if it is not the requested one", {
  skip,
}, async (t) => {
  const given = ["width", "quality", "format", "controls"];
  const camera = snapping(t, {}, { wanted: { width: 640, quality: 50 }, given, why: "the camera gives no JPEGs" });
  await camera.next();
  const way =
    "/dev/video0 through node-webcam snapshots: ffmpeg is not installed, and the camera gives no JPEGs; fswebcam takes one image at a time and does not support format, controls";
  assert.deepEqual(camera.notes, [way, `${way}; frames are 1280x720, the nearest it gives to 640x360`]);
  const content = snapping(t, {}, { wanted: { width: 1280, height: 720, quality: 90 } });
  await content.next();
  const short =
    "/dev/video0 through node-webcam snapshots: ffmpeg is not installed; fswebcam takes one image at a time";
  assert.deepEqual(content.notes, [short]);
});

test("fps limits the rate", { skip }, async (t) => {
  const time = virtualTime(t);
  const camera = snapping(t, {}, { wanted: { quality: 90, fps: 3 } });
  assert.deepEqual(await camera.next(), picture(1));
  const second = camera.next();
  await time.advance(332);
  // As long as this takes, the next run could have begun.
  await snapping(t).next();
  assert.equal(camera.stub.runs().length, 1);
  await until("it runs again", async () => {
    await time.advance(1);
    return camera.stub.runs().length === 2;
  });
  assert.deepEqual(await second, picture(2));
});

test("a half image, and a file that is no image, are skipped and counted", { skip }, async (t) => {
  const camera = snapping(t, { faults: { 1: "half", 3: "text" } });
  assert.deepEqual(await camera.next(), picture(2));
  assert.deepEqual(await camera.next(), picture(4));
  assert.deepEqual(camera.dropped, [
    "Cannot read what fswebcam wrote: it is not a whole JPEG of up to 16 MB",
    "Cannot read what fswebcam wrote: it is not a JPEG",
  ]);
});

for (const [fault, what] of [
  ["none", "writes nothing"],
  ["link", "leaves a link to an older picture"],
] as const) {
  test(`a program that ${what} has failed: no image is shown twice`, { skip }, async (t) => {
    const camera = snapping(t, { faults: { 2: fault } });
    assert.deepEqual(await camera.next(), picture(1));
    await assert.rejects(camera.next(), { message: "fswebcam took no image" });
    assert.equal(camera.stub.runs().length, 2);
    assert.equal(existsSync(camera.stub.runs()[0]?.folder as string), false);
    await allChildrenGone();
  });
}

test("a program's complaint is reported in one plain sentence", { skip }, async (t) => {
  const messageOf = async (facts: Omit<SnapshotFacts, "name">) => {
    return (await snapping(t, facts).untilFailure()).failure.message;
  };
  assert.equal(await messageOf({ cameras: [] }), "There is no camera at /dev/video0");
  const says = (say: string, status = 0) => messageOf({ faults: { 1: { say, status } } });
  assert.equal(
    await says("Error setting pixel format.\nVIDIOC_S_FMT: Device or resource busy"),
    "The camera at /dev/video0 is in use by another program. Close that first.",
  );
  assert.match(await says("open: Permission denied"), /^No permission for \/dev\/video0\. Join the group video/);
  const palette = "Unable to find a compatible palette format.";
  assert.equal(await says(`\u001b[31m${palette}\n\u001b[0m`), `fswebcam took no image: ${palette}`);
  assert.equal(await says("It broke", 3), "fswebcam took no image: It broke");
});

test("a program that hangs is killed after 8 s with its helpers, and reported", {
  skip,
}, async (t) => {
  const time = virtualTime(t);
  const camera = snapping(t, { faults: { 2: "hang" } });
  await camera.next();
  const next = assert.rejects(camera.next(), { message: "fswebcam took no image: it took longer than 8 s" });
  await until("it hangs", async () => {
    await time.advance(1);
    return camera.stub.hanging().length === 2;
  });
  await time.advance(8000);
  await time.settle(next);
  await until("it and its helper are gone", () => camera.stub.hanging().every(isGone));
  await allChildrenGone();
  assert.equal(existsSync(camera.stub.runs()[0]?.folder as string), false);
});

test("a camera that is closed while its program hangs leaves nothing", { skip }, async (t) => {
  const camera = snapping(t, { faults: { 1: "hang" } });
  const waiting = camera.next().catch(() => {});
  await until("it hangs", () => camera.stub.hanging().length === 2);
  // No shell stands between: who started it learns of its end.
  assert.equal(processFacts(camera.stub.hanging()[0] as number)?.parent, children()[0]?.pid);
  await Promise.all([waiting, camera.close()]);
  await until("it and its helper are gone", () => camera.stub.hanging().every(isGone));
  await allChildrenGone();
  assert.equal(existsSync(camera.stub.runs()[0]?.folder as string), false);
});

test("if node-webcam's process dies, its program ends too, and that is reported", { skip }, async (t) => {
  const camera = snapping(t, { faults: { 2: "die" } });
  await camera.next();
  await assert.rejects(camera.next(), { message: "fswebcam took no image: node-webcam's process ended" });
  const isRunning = () => readdirSync("/proc").some((pid) => commandLineOf(pid).includes(camera.stub.folder));
  await until("its program is gone", () => !isRunning());
});

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** A name that a shell would take for more than a name. */
const HOSTILE = `; touch ran; $(touch ran) \`touch ran\` & touch ran | 'a"b\\c *\ntouch ran\n`;

test("a temporary folder of any name is none of the shell's business", { skip }, async (t) => {
  const parent = mkdtempSync(join(folder, "tmp-"));
  const temporary = join(parent, HOSTILE);
  mkdirSync(temporary);
  setTemporaryFolder(t, temporary);
  const camera = snapping(t);
  assert.deepEqual(await camera.next(), picture(1));
  const run = camera.stub.runs()[0] as SnapshotRun;
  assert.ok(run.folder.startsWith(`${temporary}/stillstream-`), run.folder);
  await camera.close();
  assert.deepEqual(readdirSync(parent), [HOSTILE]);
  assert.ok(!readdirSync(temporary).some((file) => file === "ran" || file.startsWith("stillstream-")));
  assert.equal(existsSync("ran"), false);
});

test("a temporary folder that is not writable is reported, with what to do", { skip }, async (t) => {
  for (const [path, code] of [
    [join(folder, "missing"), "ENOENT"],
    [join(folder, "file"), "ENOTDIR"],
  ] as const) {
    writeFileSync(join(folder, "file"), "");
    setTemporaryFolder(t, path);
    const camera = snapping(t);
    assert.equal(
      (await camera.untilFailure()).failure.message,
      `Cannot take snapshots: no folder can be created in ${path} (${code}). Set TMPDIR to a folder that can be written to.`,
    );
    assert.deepEqual(camera.stub.runs(), []);
  }
});

test("a device that is no plain path is refused before the library sees it", { skip }, async (t) => {
  const paths = [
    "/dev/video0;reboot",
    "/dev/$(x)",
    "/dev/`x`",
    "/dev/a\nb",
    "/dev/../etc/passwd",
    "/dev/v 0",
    "-d",
    "",
  ];
  for (const address of [...paths, "/dev/video0 --exec x", "/dev/a:b", "/etc/passwd", "/dev/video0\n"]) {
    const camera = snapping(t, {}, { address });
    assert.equal(
      (await camera.untilFailure()).failure.message,
      `fswebcam takes only a path in /dev of letters, digits and _.+@-, got ${JSON.stringify(address)}`,
    );
    assert.deepEqual(camera.stub.runs(), []);
  }
  const camera = snapping(t, {}, { wanted: { quality: 90, width: "1;x" as never, height: 1 } });
  assert.match(
    (await camera.untilFailure()).failure.message,
    /^fswebcam takes only a whole number for width, got "1;x"$/,
  );
});

test("without the program, what to install is one plain sentence", async (t) => {
  setPath(t, folder);
  const install = "on Debian, Ubuntu and Raspberry Pi OS run `sudo apt install ffmpeg`";
  assert.equal(
    (await openSnapshots(t, { why: "the camera gives no JPEGs" }).untilFailure()).failure.message,
    `the camera gives no JPEGs, and neither ffmpeg nor fswebcam is installed: ${install}`,
  );
});
