import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { test } from "node:test";
import sharp from "sharp";
import { Mailbox } from "../../src/core/mailbox.ts";
import { openPage } from "../support/browsers/chromium.ts";
import { boxOf } from "../support/browsers/tab.ts";
import { handCamera } from "../support/cameras/hand-camera.ts";
import { until } from "../support/deferred.ts";
import { makeClip } from "../support/images/clips.ts";
import { startProgram } from "../support/programs/program.ts";
import { listen, serve, testCamera } from "../support/serve.ts";
import { needs } from "../support/tools.ts";

const skip = needs("chromium");

test("a real H.264 file, repeated, moves on the page", { skip: skip || needs("ffmpeg") }, async (t) => {
  const { url } = await startProgram(t, [`clip=ffmpeg:${makeClip(t, "video.mp4")}#loop=true`]);
  const page = await openPage(t, url);
  const seen = new Set<string>();
  await until("five different frames were seen", async () => {
    const clip = await boxOf(page, "#view");
    // All frames have the same mean color, so their pixels are compared.
    const pixels = await sharp(await page.screenshot({ clip }))
      .resize(32, 18, { fit: "fill" })
      .raw()
      .toBuffer();
    seen.add(pixels.map((level) => level >> 4).join());
    return seen.size >= 5;
  });
});

test("without JavaScript the page shows the stream", { skip }, async (t) => {
  const { url } = await startProgram(t, ["fake#fps=5"]);
  const page = await openPage(t, url, { javaScriptEnabled: false });
  const colors = new Set<string>();
  await until("it changed", async () => {
    // Without JavaScript there is no canvas to read: a screenshot shows what a person would see.
    const { channels } = await sharp(await page.screenshot())
      .resize(64)
      .stats();
    colors.add(channels.map(({ mean }) => Math.round(mean / 8)).join(" "));
    return colors.size >= 2;
  });
});

test("an <img> paints each picture when it is sent, not when the next one comes", { skip }, async (t) => {
  // Chromium holds back the first kilobyte of a response from another origin to sniff its type:
  // these are larger.
  const solid = (background: string) =>
    sharp({ create: { width: 800, height: 600, channels: 3, background } })
      .jpeg()
      .toBuffer();
  const [RED, BLUE] = [await solid("#f00"), await solid("#00f")];
  const pictures = new Mailbox<Buffer>();
  const camera = testCamera(t, {
    open: ({ signal }) => {
      signal.addEventListener("abort", () => pictures.close());
      return pictures;
    },
  });
  // No repeat within the test: only the one part that was sent can be seen.
  const url = await serve(t, { cameras: [camera], repeatMs: 600_000 });
  const html = `<body style="margin:0"><img src="${url}/video_feed">`;
  const embedding = createServer((_request, response) => response.setHeader("Content-Type", "text/html").end(html));
  const page = await openPage(t, (await listen(t, embedding)).replace("127.0.0.1", "localhost"));
  const screenIs = async (channel: number) => {
    const screenshot = await page.screenshot({ clip: { x: 20, y: 20, width: 16, height: 16 } });
    const means = (await sharp(screenshot).removeAlpha().stats()).channels.map(({ mean }) => mean);
    return means.every((mean, index) => (index === channel ? mean > 200 : mean < 60));
  };
  for (let round = 0; round < 6; round++) {
    pictures.put(round % 2 === 0 ? RED : BLUE);
    await until(`frame ${round} is painted`, () => screenIs(round % 2 === 0 ? 0 : 2), 5000);
  }
});

test("an <img> paints the placeholder of an offline camera, and its next frame at once", {
  skip: skip || needs("ffmpeg"),
}, async (t) => {
  const solid = (color: string) => {
    const source = ["-f", "lavfi", "-i", `color=${color}:size=800x600`, "-frames:v", "1"];
    // Sampled like a webcam's frames: the placeholder then has a scan for each color.
    return execFileSync("ffmpeg", ["-v", "error", ...source, "-pix_fmt", "yuvj422p", "-f", "mjpeg", "-"]);
  };
  const [RED, BLUE] = [solid("red"), solid("blue")];
  const hand = handCamera(t);
  const url = await serve(t, { cameras: [hand.camera] });
  const html = `<body style="margin:0"><img src="${url}/video_feed">`;
  const embedding = createServer((_request, response) => response.setHeader("Content-Type", "text/html").end(html));
  const page = await openPage(t, (await listen(t, embedding)).replace("127.0.0.1", "localhost"));
  const untilSeen = (what: string, is: (red: number, green: number, blue: number) => boolean) =>
    until(what, async () => {
      const screenshot = await page.screenshot({ clip: { x: 20, y: 20, width: 16, height: 16 } });
      const { channels } = await sharp(screenshot).removeAlpha().stats();
      const [red, green, blue] = channels.map(({ mean }) => mean) as [number, number, number];
      return is(red, green, blue);
    });
  for (let round = 0; round < 2; round++) {
    await hand.show(RED);
    await untilSeen("the frame is painted", (red, green, blue) => red > 200 && green < 60 && blue < 60);
    hand.fail(new Error("unplugged"));
    await untilSeen(
      "the placeholder is painted",
      (red, green, blue) => red > 15 && red < 60 && red === green && red === blue,
    );
    await hand.show(BLUE);
    await untilSeen("the next frame is painted", (red, green, blue) => red < 60 && green < 60 && blue > 200);
  }
});
