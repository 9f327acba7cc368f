import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { picture } from "../../src/drivers/picture/picture.ts";
import { tcpListen } from "../../src/drivers/tcp-listen.ts";
import { repair } from "../../src/jpeg/repair.ts";
import { wholeJpeg } from "../../src/jpeg/whole.ts";
import { pushCamera, servePush } from "../support/cameras/push-camera.ts";
import { watchedCamera } from "../support/cameras/watched-camera.ts";
import { until } from "../support/deferred.ts";
import { ffmpegPixelsOf, libjpegJpeg, pixelsOf } from "../support/images/encoded-jpegs.ts";
import { multiPicture, segment } from "../support/images/jpegs.ts";
import { connectPeer } from "../support/sockets/tcp.ts";
import { testFolder } from "../support/temporary-folder.ts";
import { needs } from "../support/tools.ts";

const skip = needs("djpeg", "libjpeg-turbo-progs");
const folder = testFolder();
const [FRAME, MAP] = await Promise.all([libjpegJpeg(), libjpegJpeg({ width: 80, height: 64, isGray: true })]);
const TWO = multiPicture(FRAME, MAP);
const FIRST = TWO.subarray(0, TWO.length - MAP.length);
const scanAt = FRAME.indexOf(Buffer.of(0xff, 0xda));

/** What cameras send that is odd, and that libjpeg shows. */
const ODD: Record<string, Buffer> = {
  "a gain map behind it": TWO,
  "no end marker": FRAME.subarray(0, -2),
  "half an end marker": FRAME.subarray(0, -1),
  "stray bytes before its scan": Buffer.concat([FRAME.subarray(0, scanAt), Buffer.alloc(608), FRAME.subarray(scanAt)]),
  "stray bytes behind its start": Buffer.concat([FRAME.subarray(0, 2), Buffer.of(0, 7), FRAME.subarray(2)]),
  "fill bytes before a marker": Buffer.concat([FRAME.subarray(0, 2), Buffer.of(0xff, 0xff), FRAME.subarray(2)]),
};

for (const [what, bytes] of Object.entries(ODD)) {
  test(`a picture with ${what} shows what libjpeg shows, and every decoder takes it`, { skip }, async () => {
    const seen = spawnSync("djpeg", ["-ppm"], { input: bytes, maxBuffer: 10_000_000 });
    const whole = wholeJpeg(bytes);
    assert.ok("jpeg" in whole);
    const found = repair(whole.jpeg);
    assert.ok("jpeg" in found);
    const ours = spawnSync("djpeg", ["-ppm"], { input: found.jpeg, maxBuffer: 10_000_000 });
    assert.deepEqual([ours.status, ours.stderr.toString()], [0, ""]);
    assert.ok(ours.stdout.length > 200_000 && ours.stdout.equals(seen.stdout));
    assert.deepEqual(await pixelsOf(found.jpeg), await pixelsOf(FRAME));
    assert.ok(ffmpegPixelsOf(found.jpeg).equals(ffmpegPixelsOf(FRAME)));
  });
}

test("of a file of two pictures the first is shown, whichever way it comes", async (t) => {
  const phone = pushCamera(t);
  const { url, report } = await servePush(t, [phone]);
  for (const method of ["POST", "PUT"]) {
    const answer = await fetch(`${url}/cameras/phone/frames`, {
      method,
      body: new Uint8Array(TWO),
      headers: { "Content-Type": "image/jpeg" },
    });
    assert.deepEqual(await answer.json(), { frames: 1, skipped: 1 });
  }
  assert.deepEqual(phone.shown, [FIRST, FIRST]);
  assert.equal((await report()).dropped, 2);

  const path = join(folder, "two.jpg");
  writeFileSync(path, TWO);
  assert.deepEqual((await watchedCamera(t, picture, { address: path }).shown(1))[0], FIRST);

  const tcp = watchedCamera(t, tcpListen, { address: "127.0.0.1:0" });
  const port = Number(/\d+$/.exec(await tcp.heard(/^waiting Waiting for a publisher on port \d+$/))?.[0]);
  const peer = await connectPeer(t, port);
  peer.socket.write(Buffer.concat([TWO, TWO, FRAME, FRAME]));
  assert.deepEqual(await tcp.shown(4), [FIRST, FIRST, FRAME, FRAME]);
});

test("a file without its end marker is shown, and one that breaks off is not", async (t) => {
  const [ended, broken] = [join(folder, "ended.jpg"), join(folder, "broken.jpg")];
  writeFileSync(ended, FRAME.subarray(0, -2));
  assert.deepEqual((await watchedCamera(t, picture, { address: ended }).shown(1))[0], FRAME);
  writeFileSync(broken, FRAME.subarray(0, FRAME.length - 500));
  const watched = watchedCamera(t, picture, { address: broken });
  await watched.heard(/not a whole JPEG/);
  assert.deepEqual(watched.pictures, []);
});

test("fields of interlaced frames are shown as they come, and a note says so once", async (t) => {
  const field = (number: number) =>
    Buffer.concat([
      FRAME.subarray(0, 2),
      segment(0xe0, Buffer.concat([Buffer.from("AVI1"), Buffer.of(number), Buffer.alloc(9)])),
      FRAME.subarray(20),
    ]);
  const phone = pushCamera(t);
  const { url, report } = await servePush(t, [phone]);
  const body = Buffer.concat([field(1), field(2), field(1), field(2)]);
  const answer = await fetch(`${url}/cameras/phone/frames`, { method: "POST", body: new Uint8Array(body) });
  assert.deepEqual(await answer.json(), { frames: 4, skipped: 0 });
  await until("it is noted", async () => /interlaced fields/.test((await report()).note ?? ""));
});
