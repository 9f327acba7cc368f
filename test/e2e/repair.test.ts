import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { Mailbox } from "../../src/core/mailbox.ts";
import type { CameraReport } from "../../src/http/routes/cameras.ts";
import { openPage } from "../support/browsers/chromium.ts";
import { until } from "../support/deferred.ts";
import { exifSegment } from "../support/images/exif.ts";
import { tablesOf, withoutTables } from "../support/images/jpegs.ts";
import { startUpstream } from "../support/peers/upstream.ts";
import { startProgram } from "../support/programs/program.ts";
import { listen, serve, testCamera } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needs } from "../support/tools.ts";
import { watchStream } from "../support/viewers/watch-stream.ts";

const skip = needs("chromium");

const RED = 0;
const BLUE = 2;

/**
 * Returns an image of one color with some grain: Chromium holds back the first kilobyte of a
 * response from another origin.
 */
function plain(channel: number): Promise<Buffer> {
  const noise = { type: "gaussian", mean: 128, sigma: 8 } as const;
  const grain = { create: { width: 800, height: 600, channels: 3, background: "#000", noise } } as const;
  const scale = [0, 1, 2].map((index) => (index === channel ? 1.8 : 0.2));
  return sharp(grain).linear(scale, [0, 0, 0]).jpeg({ optimiseCoding: false }).toBuffer();
}

/** Serves a page of another origin that shows the stream. */
async function embed(t: TestContext, url: string): Promise<Page> {
  const html = `<body style="margin:0"><img src="${url}/video_feed">`;
  const embedding = createServer((_request, response) => response.setHeader("Content-Type", "text/html").end(html));
  return await openPage(t, (await listen(t, embedding)).replace("127.0.0.1", "localhost"));
}

/** Returns true if the page shows that color. */
async function shows(page: Page, channel: number): Promise<boolean> {
  const screenshot = await page.screenshot({ clip: { x: 20, y: 20, width: 16, height: 16 } });
  const means = (await sharp(screenshot).removeAlpha().stats()).channels.map(({ mean }) => mean);
  return means.every((mean, index) => (index === channel ? mean > 180 : mean < 80));
}

/**
 * Returns the frame that Home Assistant takes from a stream: from the first FF D8 to the first FF
 * D9.
 */
function asHomeAssistantCuts(stream: Buffer): Buffer {
  return stream.subarray(stream.indexOf(Buffer.of(0xff, 0xd8)), stream.indexOf(Buffer.of(0xff, 0xd9)) + 2);
}

test("an upstream without Huffman tables and with thumbnails is painted, and programs decode its frames too", {
  skip: skip || needs("python3"),
}, async (t) => {
  const thumbnail = await sharp(await plain(BLUE))
    .resize(160)
    .jpeg()
    .toBuffer();
  const folder = temporaryFolder(t);
  const [original, ...files] = await plain(RED).then((red) => {
    const camera = withoutTables(red);
    const exif = exifSegment({ order: "MM", orientation: 1, thumbnail });
    const withThumbnail = Buffer.concat([camera.subarray(0, 2), exif, camera.subarray(2)]);
    writeFileSync(join(folder, "1.jpg"), camera);
    writeFileSync(join(folder, "2.jpg"), withThumbnail);
    return [red, join(folder, "1.jpg"), join(folder, "2.jpg")] as const;
  });
  const upstream = await startUpstream(undefined, files);
  t.after(() => upstream.close());
  const { url } = await startProgram(t, [`door=http:${upstream.address}/stream?fps=20`]);

  const page = await embed(t, url);
  await until("it is painted", () => shows(page, RED));
  const viewer = watchStream(t, `${url}/video_feed`);
  await until("both frames came", () => viewer.pictures.length >= 4);
  const pixels = await sharp(original).raw().toBuffer();
  for (const picture of viewer.pictures) {
    assert.deepEqual(tablesOf(picture), tablesOf(original));
    assert.deepEqual(asHomeAssistantCuts(picture), picture);
    assert.ok((await sharp(picture).raw().toBuffer()).equals(pixels));
  }
  const status = (await (await fetch(`${url}/api/cameras/door`)).json()) as CameraReport;
  assert.ok(status.repaired > 4);
  assert.deepEqual([status.repaired, status.dropped, status.width], [status.frames, 0, 800]);
});

test("a picture whose header is damaged does not stop a browser's <img>", { skip }, async (t) => {
  const pictures = new Mailbox<Buffer>();
  const camera = testCamera(t, {
    open: ({ signal }) => {
      signal.addEventListener("abort", () => pictures.close());
      return pictures;
    },
  });
  const page = await embed(t, await serve(t, { cameras: [camera] }));
  const [red, blue] = [await plain(RED), await plain(BLUE)];
  pictures.put(red);
  await until("red is painted", () => shows(page, RED));
  // The frame header has lost its components, so no decoder can read it.
  const damaged = Buffer.from(red);
  damaged[damaged.indexOf(Buffer.of(0xff, 0xc0)) + 9] = 0;
  pictures.put(damaged);
  await until("it is skipped", () => camera.status().dropped === 1);
  pictures.put(blue);
  await until("blue is painted", () => shows(page, BLUE));
  assert.deepEqual([camera.status().frames, camera.status().dropped], [2, 1]);
});
