import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { http } from "../../src/drivers/http.ts";
import { foreignPage } from "../support/browsers/foreign-page.ts";
import { type OpenTab, testInBrowser } from "../support/browsers/tab.ts";
import { handCamera } from "../support/cameras/hand-camera.ts";
import { watchedCamera } from "../support/cameras/watched-camera.ts";
import { until } from "../support/deferred.ts";
import { exifSegment } from "../support/images/exif.ts";
import { tablesOf, withoutTables } from "../support/images/jpegs.ts";
import { startUpstream } from "../support/peers/upstream.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needs } from "../support/tools.ts";
import { watchStream } from "../support/viewers/watch-stream.ts";

const [RED, BLUE] = ["#ff0000", "#0000ff"];

/**
 * Returns an image of one color with some grain: Chromium holds back the first kilobyte of a
 * response from another origin to sniff its type.
 */
async function plain(color: string): Promise<Buffer> {
  const noise = { type: "gaussian", mean: 128, sigma: 8 } as const;
  const grain = { create: { width: 800, height: 600, channels: 3, background: "#000", noise } } as const;
  const scale = color === RED ? [1.8, 0.2, 0.2] : [0.2, 0.2, 1.8];
  return await sharp(grain).linear(scale, [0, 0, 0]).jpeg({ optimiseCoding: false }).toBuffer();
}

/** Opens a page of another origin that shows the stream. */
async function openImage(t: Parameters<typeof foreignPage>[0], open: OpenTab, url: string): Promise<Page> {
  const page = await foreignPage(t, `<img src="${url}/video_feed">`);
  return await open(page.replace("127.0.0.1", "localhost"));
}

/** Waits until the page is seen to show a color, or the dark gray of a placeholder. */
async function untilSeen(page: Page, wanted: string): Promise<void> {
  await until(`${wanted} is painted`, async () => {
    const screenshot = await page.screenshot({ clip: { x: 30, y: 30, width: 16, height: 16 } });
    const { channels } = await sharp(screenshot).removeAlpha().stats();
    const [red, green, blue] = channels.map(({ mean }) => mean) as [number, number, number];
    if (wanted === RED) return red > 180 && green < 80 && blue < 80;
    if (wanted === BLUE) return red < 80 && green < 80 && blue > 180;
    return red > 15 && red < 60 && red === green && red === blue;
  });
}

testInBrowser("a stream in an <img>", (test) => {
  test("is painted frame by frame when each is sent, not when the next one comes", async (t, open) => {
    const hand = handCamera(t);
    // No repeat within the test: only the one part that was sent can be seen.
    const page = await openImage(t, open, await serve(t, { cameras: [hand.camera], repeatMs: 600_000 }));
    const [red, blue] = [await plain(RED), await plain(BLUE)];
    for (let round = 0; round < 2; round++) {
      await hand.show(red);
      await untilSeen(page, RED);
      await hand.show(blue);
      await untilSeen(page, BLUE);
    }
  });

  test("shows the placeholder of an offline camera, and its next frame at once", async (t, open) => {
    const missing = needs("ffmpeg");
    if (missing) return t.skip(missing);
    // Sampled like a webcam's frames: the placeholder then has a scan for each color.
    const source = ["-f", "lavfi", "-i", "color=red:size=800x600", "-frames:v", "1", "-pix_fmt", "yuvj422p"];
    const red = execFileSync("ffmpeg", ["-v", "error", ...source, "-f", "mjpeg", "-"]);
    const hand = handCamera(t);
    const page = await openImage(t, open, await serve(t, { cameras: [hand.camera] }));
    for (let round = 0; round < 2; round++) {
      await hand.show(red);
      await untilSeen(page, RED);
      hand.fail(new Error("unplugged"));
      await untilSeen(page, "the placeholder");
    }
  });

  test("goes on after a picture whose header is damaged", async (t, open) => {
    const hand = handCamera(t);
    const page = await openImage(t, open, await serve(t, { cameras: [hand.camera] }));
    const red = await plain(RED);
    await hand.show(red);
    await untilSeen(page, RED);
    // The frame header has lost its components, so no decoder can read it.
    const damaged = Buffer.from(red);
    damaged[damaged.indexOf(Buffer.of(0xff, 0xc0)) + 9] = 0;
    await hand.show(damaged);
    await hand.show(await plain(BLUE));
    await untilSeen(page, BLUE);
    const { frames, dropped } = hand.camera.status();
    assert.deepEqual([frames, dropped], [2, 1]);
  });

  test("is painted, and decoded by programs, of an upstream without Huffman tables and with thumbnails", async (t, open) => {
    const missing = needs("python3");
    if (missing) return t.skip(missing);
    const original = await plain(RED);
    const thumbnail = await sharp(await plain(BLUE))
      .resize(160)
      .jpeg()
      .toBuffer();
    const [bare, exif] = [withoutTables(original), exifSegment({ order: "MM", orientation: 1, thumbnail })];
    const files = [bare, Buffer.concat([bare.subarray(0, 2), exif, bare.subarray(2)])].map((jpeg, index) => {
      const path = join(temporaryFolder(t), `${index}.jpg`);
      writeFileSync(path, jpeg);
      return path;
    });
    const upstream = await startUpstream(undefined, files);
    t.after(() => upstream.close());
    const { camera } = watchedCamera(t, http, { address: `${upstream.address}/stream?fps=20` });
    const url = await serve(t, { cameras: [camera] });

    await untilSeen(await openImage(t, open, url), RED);
    const viewer = watchStream(t, `${url}/video_feed`);
    await until("both frames came", () => viewer.pictures.length >= 4);
    const pixels = await sharp(original).raw().toBuffer();
    for (const picture of viewer.pictures) {
      assert.deepEqual(tablesOf(picture), tablesOf(original));
      assert.deepEqual(asHomeAssistantCuts(picture), picture);
      assert.ok((await sharp(picture).raw().toBuffer()).equals(pixels));
    }
    const { repaired, frames, dropped, width } = camera.status();
    assert.ok(repaired >= 4);
    assert.deepEqual([repaired, dropped, width], [frames, 0, 800]);
  });
});

/**
 * Returns the frame that Home Assistant takes from a stream: from the first FF D8 to the first FF
 * D9.
 */
function asHomeAssistantCuts(stream: Buffer): Buffer {
  return stream.subarray(stream.indexOf(Buffer.of(0xff, 0xd8)), stream.indexOf(Buffer.of(0xff, 0xd9)) + 2);
}
