import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { pause } from "../../src/util/abort.ts";
import { testInBrowser } from "../support/browsers/tab.ts";
import { testCamera } from "../support/serve.ts";
import { servePages } from "../support/serve-pages.ts";

const FRAMES = 20;
const GRAY_STEP = 12;

testInBrowser("many frames on a page", (test) => {
  test("are shown in their order, though some take longer to decode than the next", async (t, open) => {
    const frames = await Promise.all(
      Array.from({ length: FRAMES }, (_, number) => plainJpeg(number % 2 === 0 ? 1280 : 64, (number + 1) * GRAY_STEP)),
    );
    let isWatched = false;
    const camera = testCamera(t, {
      async *open({ signal }) {
        for (let number = 0; !signal.aborted; number = Math.min(number + (isWatched ? 1 : 0), FRAMES - 1)) {
          yield frames[number] as Buffer;
          await pause(1000 / 30, signal);
        }
      },
    });
    const page = await open(await servePages(t, { cameras: [camera] }));
    await page.locator(".view:not(.waiting)").waitFor();
    await watchGrays(page);
    isWatched = true;
    const shown = await page.waitForFunction((last) => {
      const { grays } = window as never as { grays: number[] };
      return Math.abs((grays.at(-1) ?? 0) - last) < 2 && grays;
    }, FRAMES * GRAY_STEP);
    const grays = (await shown.jsonValue()) as number[];
    assert.deepEqual(
      grays,
      [...grays].sort((a, b) => a - b),
    );
  });

  test("of sixteen cameras are all shown, over one connection, without a stream or a snapshot", async (t, open) => {
    const frames = await Promise.all([60, 120, 180, 240].map((gray) => plainJpeg(320, gray)));
    let number = 0;
    const cameras = Array.from({ length: 16 }, (_, index) =>
      testCamera(t, {
        name: `c${index + 1}`,
        async *open({ signal }) {
          while (!signal.aborted) {
            yield frames[number] as Buffer;
            await pause(400, signal);
          }
        },
      }),
    ) as [ReturnType<typeof testCamera>, ...ReturnType<typeof testCamera>[]];
    const page = await open("about:blank", { viewport: { width: 1280, height: 800 } });
    const requests: string[] = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    await page.goto(await servePages(t, { cameras }));
    for (number = 0; number < frames.length; number++) {
      await page.waitForFunction(
        (gray) => {
          const canvas = document.createElement("canvas");
          const context = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
          const pictures = [...document.querySelectorAll<HTMLCanvasElement>(".view:not(.waiting) canvas.picture")];
          const isShown = (picture: HTMLCanvasElement) => {
            context.drawImage(picture, 9, 9, 1, 1, 0, 0, 1, 1);
            return Math.abs((context.getImageData(0, 0, 1, 1).data[0] ?? 0) - gray) < 2;
          };
          return pictures.length === 16 && pictures.every(isShown);
        },
        (number + 1) * 60,
        { polling: 100 },
      );
    }
    number = frames.length - 1;
    for (const { name } of cameras)
      await page.locator(`[data-camera=${name}] .badge`, { hasText: /^live · / }).waitFor();
    assert.deepEqual(
      requests.filter((path) => /video_feed|snapshot/.test(path)),
      [],
    );
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    const { metrics } = await session.send("Performance.getMetrics");
    const heap = metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? Number.NaN;
    assert.ok(heap < 20e6, `${heap} bytes`);
  });
});

function plainJpeg(width: number, gray: number): Promise<Buffer> {
  const background = { r: gray, g: gray, b: gray };
  return sharp({ create: { width, height: (width * 3) / 4, channels: 3, background } })
    .jpeg()
    .toBuffer();
}

/** Keeps the brightness of the picture whenever it changes: looked at in each of its frames. */
async function watchGrays(page: Page): Promise<void> {
  await page.evaluate(() => {
    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const grays: number[] = [];
    Object.assign(window, { grays });
    const look = () => {
      context?.drawImage(document.querySelector("canvas.picture") as HTMLCanvasElement, 9, 9, 1, 1, 0, 0, 1, 1);
      const gray = context?.getImageData(0, 0, 1, 1).data[0] ?? 0;
      if (gray !== grays.at(-1)) grays.push(gray);
      requestAnimationFrame(look);
    };
    look();
  });
}
