import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
import { z } from "zod";
import { defineDriver } from "../../../src/drivers/driver.ts";
import type { CaptureRequest } from "../../../src/drivers/webcam/ffmpeg.ts";
import {
  type NonLinuxPlatform,
  nonLinuxAddress,
  nonLinuxCamera,
  requireProgram,
} from "../../../src/drivers/webcam/non-linux-camera.ts";
import { SetupError } from "../../../src/util/errors.ts";
import { openDriver } from "../../support/cameras/open-driver.ts";
import { sizeOf } from "../../support/images/layouts.ts";
import { FAKE_FRAMES } from "../../support/paths.ts";
import { allChildrenGone, needsProc, setPath, stubFolder } from "../../support/programs/processes.ts";
import { type SnapshotFacts, snapshotStub } from "../../support/programs/snapshot-stub.ts";
import { testFolder } from "../../support/temporary-folder.ts";
import { needs } from "../../support/tools.ts";

const skip = needs("python3") || needsProc;
const folder = testFolder();

const picture = (run: number) => readFileSync(FAKE_FRAMES[run % FAKE_FRAMES.length] as string);

interface Camera {
  readonly address?: string;
  readonly wanted?: Partial<CaptureRequest>;
  readonly given?: readonly string[];
}

/** A camera as on another platform than the one this is. */
function openForeign(t: TestContext, platform: NonLinuxPlatform, { address, wanted, given = [] }: Camera = {}) {
  const driver = defineDriver({
    summary: "a camera",
    options: z.strictObject({}),
    open: (_options, context) => nonLinuxCamera(platform, address, { quality: 90, ...wanted }, given, context),
  });
  return openDriver(t, driver, {});
}

/** The same with a stand-in for the platform's snapshot program, and no ffmpeg. */
function snapping(t: TestContext, facts: SnapshotFacts, camera: Camera = {}) {
  const stub = snapshotStub(folder, facts);
  setPath(t, stub.folder);
  return { ...openForeign(t, facts.name === "imagesnap" ? "darwin" : "win32", camera), stub };
}

const MAC = { name: "imagesnap", cameras: ["FaceTime HD Camera (Built-in)", "USB Camera"] } as const;
const WINDOWS = { name: "CommandCam", cameras: ["Integrated Webcam", "HD Pro Webcam C920"] } as const;

test("macOS without ffmpeg: imagesnap's images are shown, and unsupported options reported", { skip }, async (t) => {
  const given = ["width", "quality"];
  const camera = snapping(t, MAC, { wanted: { width: 1280, height: 720, quality: 50 }, given });
  for (let run = 1; run <= 2; run++) assert.deepEqual(await camera.next(), picture(run));
  assert.equal(camera.stub.runs()[0]?.args.join(" "), "-w 1 -q 1.jpg");
  const way = "camera 0 through node-webcam snapshots: ffmpeg is not installed; imagesnap takes one image at a time";
  assert.deepEqual(camera.notes, [`${way} and does not support width, quality`]);
  await camera.close();
  await allChildrenGone();
});

test("macOS: a camera's name, a part of it, or its number in the list is imagesnap's -d", { skip }, async (t) => {
  for (const [address, device] of [
    ["USB Camera", "USB Camera"],
    ["FaceTime", "FaceTime"],
    ["0", "FaceTime HD Camera (Built-in)"],
    ["1", "USB Camera"],
  ] as const) {
    const camera = snapping(t, MAC, { address });
    await camera.next();
    assert.deepEqual(camera.stub.runs()[0]?.args, ["-w", "1", "-d", device, "-q", "1.jpg"]);
    await camera.close();
  }
  const older = snapping(t, { ...MAC, form: "<AVCaptureDALDevice: 0x7f9b [%s][CC27]>" }, { address: "1" });
  await older.next();
  assert.equal(older.stub.runs()[0]?.args[3], "USB Camera");
});

test("macOS: a number that no camera has, and a name a shell could take for more, are refused", { skip }, async (t) => {
  const missing = snapping(t, MAC, { address: "2" });
  assert.equal(
    (await missing.untilFailure()).failure.message,
    "imagesnap sees no camera 2; it sees 0 (FaceTime HD Camera (Built-in)), 1 (USB Camera)",
  );
  // What a camera calls itself is its maker's to choose.
  const hostile = snapping(t, { ...MAC, cameras: ["x'; reboot; '"] }, { address: "0" });
  assert.match(
    (await hostile.untilFailure()).failure.message,
    /^imagesnap takes only a camera's name of letters, .+, got "x'; reboot; '"$/,
  );
  const gone = snapping(t, MAC, { address: "Nikon" });
  assert.equal((await gone.untilFailure()).failure.message, 'imagesnap took no image: Device "Nikon" not found.');
  for (const { stub } of [missing, hostile, gone]) assert.deepEqual(stub.runs(), []);
});

test("Windows without ffmpeg: CommandCam's BMPs become JPEGs of the requested quality", { skip }, async (t) => {
  const camera = snapping(t, WINDOWS, { wanted: { quality: 95, height: 48 }, given: ["height", "quality", "format"] });
  for (let run = 1; run <= 2; run++) {
    const jpeg = await camera.next();
    assert.deepEqual(sizeOf(jpeg), { width: 64, height: 48 });
    const { channels } = await sharp(jpeg).stats();
    const colour = channels.map(({ mean }) => Math.round(mean));
    for (const [index, value] of [200, 100, run * 40].entries()) {
      assert.ok(Math.abs((colour[index] as number) - value) <= 3, `${colour}`);
    }
  }
  assert.equal(camera.stub.runs()[0]?.args.join(" "), "/delay 1000 /filename 1.bmp");
  const way =
    "camera 0 through node-webcam snapshots: ffmpeg is not installed; CommandCam takes one image at a time and does not support height, format";
  assert.deepEqual(camera.notes, [way, `${way}; frames are 64x48, the nearest it gives to 86x48`]);
});

test("Windows: a camera's number, or its name in the list, is CommandCam's number from 1", { skip }, async (t) => {
  for (const [address, number] of [
    ["0", "1"],
    ["1", "2"],
    ["HD Pro Webcam C920", "2"],
  ] as const) {
    const camera = snapping(t, WINDOWS, { address });
    await camera.next();
    assert.equal(camera.stub.runs()[0]?.args.join(" "), `/delay 1000 /devnum ${number} /filename 1.bmp`);
    await camera.close();
  }
  const missing = snapping(t, WINDOWS, { address: "Nikon" });
  assert.equal(
    (await missing.untilFailure()).failure.message,
    "CommandCam sees no camera Nikon; it sees 0 (Integrated Webcam), 1 (HD Pro Webcam C920)",
  );
  const beyond = snapping(t, WINDOWS, { address: "7" });
  assert.match((await beyond.untilFailure()).failure.message, /^CommandCam took no image: .*device 8 not found/);
});

test("Windows: the CommandCam that node-webcam's installation fetched is used, wherever that is", {
  skip,
}, () => {
  // The built program as if installed there, with a node-webcam of its own.
  const root = mkdtempSync(join(folder, "in stalled & (x86)-"));
  const project = process.cwd();
  cpSync(join(project, "dist"), join(root, "dist"), { recursive: true });
  writeFileSync(join(root, "package.json"), '{ "type": "module" }');
  mkdirSync(join(root, "node_modules"));
  for (const name of ["sharp", "zod"]) {
    symlinkSync(join(project, "node_modules", name), join(root, "node_modules", name));
  }
  const library = join(root, "node_modules", "node-webcam");
  cpSync(join(project, "node_modules", "node-webcam"), library, { recursive: true });
  const stub = snapshotStub(folder, WINDOWS);
  const program = join(library, "src", "bindings", "CommandCam", "CommandCam.exe");
  const code = `
    const { snapshots } = await import(${JSON.stringify(pathToFileURL(join(root, "dist/drivers/webcam/snapshots.js")).href)});
    const request = { platform: "win32", address: "HD Pro Webcam C920", wanted: { quality: 90 }, given: [] };
    const context = { signal: new AbortController().signal, dropped() {}, note() {} };
    for await (const jpeg of snapshots(request, context)) {
      console.log(jpeg.length > 0);
      break;
    }`;
  const run = () => {
    const args = ["--input-type=module", "-e", code];
    return spawnSync(process.execPath, args, { env: { PATH: join(folder, "nowhere") }, encoding: "utf8" });
  };
  // A download that failed leaves an empty file.
  writeFileSync(program, "");
  assert.match(run().stderr, /neither ffmpeg nor CommandCam is installed/);
  copyFileSync(join(stub.folder, "CommandCam"), program);
  assert.equal(run().stdout, "true\n");
  assert.equal(stub.runs()[0]?.args.join(" "), "/delay 1000 /devnum 2 /filename 1.bmp");
});

test("Windows: half a BMP, or something else, is skipped and counted", { skip }, async (t) => {
  const camera = snapping(t, { ...WINDOWS, faults: { 1: "half", 2: "text" } });
  assert.deepEqual(sizeOf(await camera.next()), { width: 64, height: 48 });
  assert.deepEqual(camera.dropped, [
    "Cannot read what CommandCam wrote: it is not a whole BMP",
    "Cannot read what CommandCam wrote: it is not a BMP",
  ]);
});

test("with ffmpeg it is ffmpeg's, on both; under Windows a number means the camera's name", { skip }, async (t) => {
  const say = ["say", '[dshow @ 0] "Integrated Webcam" (video)', "say", '[dshow @ 0] "Microphone" (audio)'];
  const list = [...say, "say", '[dshow @ 0] "HD Pro Webcam C920" (video)'];
  for (const [platform, address, input, note] of [
    ["darwin", undefined, "-f avfoundation -framerate 15 -i 0:none", "camera 0 through ffmpeg's avfoundation"],
    ["darwin", "USB Camera", "-f avfoundation -framerate 15 -i USB Camera:none", undefined],
    ["win32", "1", "-f dshow -framerate 15 -i video=HD Pro Webcam C920", "HD Pro Webcam C920 through ffmpeg's dshow"],
    ["win32", undefined, "-f dshow -framerate 15 -i video=Integrated Webcam", undefined],
    ["win32", "Integrated Webcam", "-f dshow -framerate 15 -i video=Integrated Webcam", undefined],
  ] as const) {
    const end = `${input} -c:v mjpeg -pix_fmt yuvj420p -thread_type slice -q:v 5 -f mjpeg -flush_packets 1 pipe:1`;
    // Lists its cameras for any arguments; all but the query itself must end like this.
    const words = [...list, "unless", "-i dummy", "want", end, "print", FAKE_FRAMES[0] as string, "exit", "1"];
    setPath(t, await stubFolder(join(folder, "ffmpeg"), "ffmpeg", words));
    const camera = openForeign(t, platform, { ...(address && { address }), wanted: { fps: 15 } });
    assert.deepEqual(await camera.next(), readFileSync(FAKE_FRAMES[0] as string));
    if (note !== undefined) assert.deepEqual(camera.notes, [note]);
    await camera.close();
  }
});

test("with neither, the start and the opening both say what to install", async (t) => {
  mkdirSync(join(folder, "empty"));
  setPath(t, join(folder, "empty"));
  for (const [platform, sentence] of [
    ["linux", /^neither ffmpeg nor fswebcam is installed: on Debian, .+ run `sudo apt install ffmpeg`$/],
    ["darwin", /^neither ffmpeg nor imagesnap is installed: run `brew install ffmpeg`$/],
    ["win32", /^neither ffmpeg nor CommandCam is installed: run `winget install ffmpeg`$/],
  ] as const) {
    await assert.rejects(requireProgram(platform), (error) => {
      assert.ok(error instanceof SetupError && error.exitCode === 1);
      assert.match(error.message, sentence);
      return true;
    });
    if (platform !== "linux") assert.match((await openForeign(t, platform).untilFailure()).failure.message, sentence);
  }
  setPath(t, snapshotStub(folder, { name: "imagesnap" }).folder);
  await requireProgram("darwin");
});

test("an address that a shell or ffmpeg could take for more than a name is refused", () => {
  const hostile = ["a;b", "$(x)", "`x`", "a'b", 'a"b', "a|b", "a\\b", "../x", "a/b", "-d", "a\nb", "a:b", "a%b", "a^b"];
  for (const address of [...hostile, "a>b", "a!b", ""]) {
    const { error } = nonLinuxAddress.safeParse(address);
    assert.match(String(error), /must be a camera's number or name/, JSON.stringify(address));
  }
  for (const address of ["0", "FaceTime HD Camera (Built-in)", "Kamera für Zürich", "カメラ 1"]) {
    assert.equal(nonLinuxAddress.parse(address), address);
  }
});
