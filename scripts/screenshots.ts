/**
 * `npm run screenshots`: photographs the wall of the built server on a desktop and on a phone, and
 * writes docs/images/wall.webp. Needs Chromium on the PATH. The cameras are scenes that are drawn
 * here and published at 10 fps.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import sharp from "sharp";
import { renderScene, SCENES } from "./draw-scenes.ts";

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const FPS = 10;
const SCALE = 1.25;
/**
 * Columns of the wall, and how many cameras must be live before the picture is taken: pages show
 * what is in sight alone.
 */
const DESKTOP = { width: 1120, height: 520, radius: 10, columns: "3", inSight: SCENES.length };
const PHONE = { width: 332, height: 600, radius: 28, columns: "1", inSight: 3 };
/** The ground around both, in pixels of the image. */
const GROUND = { margin: 40, gap: 44, color: "#dfe5ec" };
/** The badge of a camera that is live. */
const LIVE = /live[^a-z]+\d[\d.]* fps/g;
/** What a page may take to show all cameras, in milliseconds. */
const PATIENCE_MS = 60_000;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "stillstream-screenshots-"));
  const port = await freePort();
  const scenes = await Promise.all(
    SCENES.map(async ({ name, drawing }) => ({
      name,
      frames: [await renderScene(drawing, 1), await renderScene(drawing, 2)],
    })),
  );
  const cameras = SCENES.map(({ name, title }) => `${name}=push#title=${encodeURIComponent(title)}`);
  const settings = ["--host", "127.0.0.1", "--port", String(port), "--state-dir", folder];
  const server = spawn(process.execPath, [path("dist/main.js"), ...settings, "--log-level", "error", ...cameras], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const stop = new AbortController();
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
  try {
    const url = `http://127.0.0.1:${port}`;
    await answering(url);
    for (const { name, frames } of scenes) publish(`${url}/cameras/${name}/frames`, frames, stop.signal).catch(fail);
    const [desktop, phone] = [await photograph(browser, url, DESKTOP), await photograph(browser, url, PHONE)];
    await compose(desktop, phone);
  } finally {
    stop.abort();
    await browser.close();
    server.kill();
    await once(server, "exit");
    rmSync(folder, { recursive: true });
  }
}

/** Sends frames to a `push` camera, in turn, until `signal` aborts. */
async function publish(url: string, frames: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
  async function* body() {
    for (let count = 0; !signal.aborted; count++) {
      yield frames[count % frames.length];
      await sleep(1000 / FPS);
    }
  }
  const headers = { "Content-Type": "video/x-motion-jpeg" };
  const init = { method: "POST", headers, body: body(), duplex: "half", signal };
  await fetch(url, init as unknown as RequestInit).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

/** Opens the wall, waits until the cameras in sight are live, and takes a picture of it. */
async function photograph(
  browser: Browser,
  url: string,
  { width, height, columns, inSight }: typeof DESKTOP,
): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: SCALE });
  await page.goto(url, { waitUntil: "domcontentloaded" });
  await page.getByLabel("Columns").selectOption(columns);
  const end = Date.now() + PATIENCE_MS;
  for (let text = ""; (text.match(LIVE) ?? []).length < inSight; text = await contentOf(page)) {
    if (Date.now() > end) throw new Error(`Not all cameras are live:\n${text}`);
    await sleep(200);
  }
  // The first frames of all cameras come together, and are late.
  await sleep(2000);
  const shot = await page.screenshot();
  await page.close();
  return shot;
}

async function contentOf(page: Page): Promise<string> {
  return (await page.textContent("body")) ?? "";
}

/** Puts the phone beside the desktop. */
async function compose(desktop: Buffer, phone: Buffer): Promise<void> {
  const { margin, gap, color } = GROUND;
  const at = ({ width, height }: { width: number; height: number }) => [width * SCALE, height * SCALE] as const;
  const [desktopWidth, desktopHeight] = at(DESKTOP);
  const [phoneWidth, phoneHeight] = at(PHONE);
  const width = 2 * margin + desktopWidth + phoneWidth + gap;
  const height = 2 * margin + Math.max(desktopHeight, phoneHeight);
  await sharp({ create: { width, height, channels: 3, background: color } })
    .composite([
      { input: await rounded(desktop, DESKTOP.radius * SCALE, 1), left: margin, top: (height - desktopHeight) / 2 },
      {
        input: await rounded(phone, PHONE.radius * SCALE, 10),
        left: margin + desktopWidth + gap,
        top: (height - phoneHeight) / 2 - 10,
      },
    ])
    .webp({ quality: 80 })
    .toFile(path("docs/images/wall.webp"));
}

/** Rounds the corners of a picture and draws a border around it. */
async function rounded(picture: Buffer, radius: number, border: number): Promise<Buffer> {
  const { width, height } = await sharp(picture).metadata();
  const mask = `<svg width="${width}" height="${height}"><rect width="100%" height="100%" rx="${radius}"/></svg>`;
  const cut = await sharp(picture)
    .composite([{ input: Buffer.from(mask), blend: "dest-in" }])
    .png()
    .toBuffer();
  const [outerWidth, outerHeight] = [width + 2 * border, height + 2 * border];
  const frame = `<svg width="${outerWidth}" height="${outerHeight}"><rect width="100%" height="100%" rx="${radius + border}" fill="#1d2228"/></svg>`;
  return await sharp(Buffer.from(frame))
    .composite([{ input: cut, left: border, top: border }])
    .png()
    .toBuffer();
}

async function answering(url: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await fetch(url).catch(() => undefined))?.ok) {
    if (Date.now() > end) throw new Error(`The server at ${url} does not answer. Run npm run build first.`);
    await sleep(100);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("The system gave no port.");
  return address.port;
}

function chromiumPath(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, "chromium")).find(existsSync) ?? "chromium";
}

function fail(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

main().catch(fail);
