import assert from "node:assert/strict";
import { once } from "node:events";
import { renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import sharp, { type Sharp } from "sharp";
import { WebSocket } from "ws";
import type { CameraReport } from "../../src/http/routes/cameras.ts";
import { packHeader } from "../../src/protocols/frame-header.ts";
import { until } from "../support/deferred.ts";
import { avifOf, gifOf, slowSvg, tiffOf, webpOf, zerosPng } from "../support/images/bombs.ts";
import { sizeOf } from "../support/images/layouts.ts";
import { decodersOf, peakBytes } from "../support/programs/proc.ts";
import { startProgram } from "../support/programs/program.ts";
import { startServer } from "../support/programs/server.ts";
import { listen } from "../support/serve.ts";
import { listenTcpTest } from "../support/sockets/tcp.ts";
import { freeUdpPort, udpSocket } from "../support/sockets/udp.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const skip = process.platform !== "linux" && "reads processes from /proc";
const MEGABYTE = 1024 * 1024;

type Served = { readonly url: string };

/** Draws an image of each format, each with its own width. */
const FORMATS: Record<string, { width: number; encode: (image: Sharp) => Promise<Buffer> }> = {
  jpeg: { width: 100, encode: (image) => image.jpeg().toBuffer() },
  png: { width: 101, encode: (image) => image.png().toBuffer() },
  webp: { width: 102, encode: (image) => image.webp().toBuffer() },
  gif: { width: 103, encode: (image) => image.gif().toBuffer() },
  bmp: { width: 104, encode: async (image) => bmpOf(await image.raw().toBuffer(), 104, 50) },
  tiff: { width: 105, encode: (image) => image.tiff().toBuffer() },
  avif: { width: 106, encode: (image) => image.avif({ effort: 0 }).toBuffer() },
};

const IMAGES = await Promise.all(
  Object.entries(FORMATS).map(async ([format, { width, encode }]) => {
    const plain = sharp({ create: { width, height: 50, channels: 3, background: "teal" } });
    return { format, width, image: await encode(plain) };
  }),
);

/** Returns a BMP of 24 bits a pixel, stored bottom-up as usual. */
function bmpOf(rgb: Buffer, width: number, height: number): Buffer {
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + rowBytes * height);
  file.write("BM");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(-height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++) rgb.copy(file, 54 + y * rowBytes, y * width * 3, (y + 1) * width * 3);
  return file;
}

/** Returns the width of the camera's newest frame; 0 if there is none. */
async function widthOf({ url }: Served, camera: string): Promise<number> {
  const response = await fetch(`${url}/cameras/${camera}/snapshot.jpg?max-age=60000`);
  return response.ok ? (sizeOf(new Uint8Array(await response.arrayBuffer()))?.width ?? 0) : 0;
}

async function reportOf({ url }: Served, camera: string): Promise<CameraReport> {
  return (await (await fetch(`${url}/api/cameras/${camera}`)).json()) as CameraReport;
}

/** Waits for an error of a camera and returns it. */
function errorOf(program: Served, camera: string): Promise<string> {
  return until(`${camera} fails`, async () => (await reportOf(program, camera)).lastError?.message);
}

async function post({ url }: Served, image: Uint8Array, method = "POST"): Promise<[status: number, error: string]> {
  const headers = { "Content-Type": "application/octet-stream" };
  const response = await fetch(`${url}/cameras/phone/frames`, { method, headers, body: image as BodyInit });
  const { error = "" } = (await response.json()) as { error?: string };
  return [response.status, error];
}

async function sendByWebSocket(t: TestContext, { url }: Served): Promise<(image: Buffer) => Promise<unknown>> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/cameras/socket/frames`);
  t.after(() => socket.terminate());
  await once(socket, "open");
  return async (image) => {
    socket.send(image);
    const [answer] = (await once(socket, "message")) as [Buffer];
    return JSON.parse(String(answer));
  };
}

test("each format is shown, by each way into the server", { skip }, async (t) => {
  let answer: Uint8Array = Buffer.alloc(0);
  const http = await listen(
    t,
    createServer((_, response) => response.end(answer)),
  );
  const sockets: Socket[] = [];
  const tcp = await listenTcpTest(t, (socket) => sockets.push(socket));
  const udpPort = await freeUdpPort();
  const file = join(temporaryFolder(t), "image");
  const program = await startServer(t, [
    ...["phone=push", "socket=push", `file=picture:${file}#wait=true#always=true`],
    ...[`snapshot=${http}/image#fps=10#always=true`, `udp=udp-listen:127.0.0.1:${udpPort}`],
    `tcp=tcp-connect:127.0.0.1:${tcp}#protocol=negotiated#always=true`,
  ]);
  const sender = await udpSocket(t);
  const send = await sendByWebSocket(t, program);
  let frames = 0;
  for (const { format, width, image } of IMAGES) {
    answer = image;
    writeFileSync(`${file}.new`, image);
    renameSync(`${file}.new`, file);
    assert.deepEqual(await post(program, image, frames % 2 === 0 ? "POST" : "PUT"), [202, ""], format);
    frames++;
    assert.deepEqual(await send(image), { frames, skipped: 0 });
    sender.send(image, udpPort, "127.0.0.1");
    const socket = await until("the server connects", () => sockets.at(-1));
    socket.write(Buffer.concat([packHeader("lhh8", { long: image.length, width, height: 50 }), image]));
    for (const camera of ["phone", "socket", "file", "snapshot", "udp", "tcp"]) {
      await until(`${camera} shows the ${format}`, async () => (await widthOf(program, camera)) === width);
    }
  }
});

test("images that decode to gigabytes are refused, and take no memory of the server", { skip }, async (t) => {
  const bomb = zerosPng(16_000, 16_000, 4);
  const http = await listen(
    t,
    createServer((_, response) => response.end(bomb)),
  );
  const file = join(temporaryFolder(t), "bomb.png");
  writeFileSync(file, bomb);
  const program = await startProgram(t, ["phone=push", `file=picture:${file}`, `snapshot=${http}/image`]);
  const pid = program.process.pid as number;
  const png = IMAGES.find(({ format }) => format === "png")?.image as Buffer;
  await post(program, png);
  const bombs: readonly (readonly [name: string, image: Buffer, megabytes: number | undefined])[] = [
    ["a PNG of 1 GB", bomb, 977],
    ["a PNG of 3.4 GB", zerosPng(30_000, 30_000, 4), 3434],
    ["a GIF", await gifOf(65_535, 65_535), 16_384],
    ["a TIFF", await tiffOf(60_000, 60_000), 10_300],
    ["an AVIF", await avifOf(20_000, 20_000), 1145],
    // libwebp allocates memory before the header can be checked: the memory limit of the process
    // refuses it.
    ["a WebP", await webpOf(16_383, 16_383), undefined],
  ];
  for (const [name, image, megabytes] of bombs) {
    const [status, error] = await post(program, image);
    const why = megabytes === undefined ? "" : `pixels take ${megabytes} MB, more than --max-image-memory allows`;
    assert.deepEqual([status, error.includes(why)], [413, true], `${name} was answered ${status} ${error}`);
  }
  for (const camera of ["file", "snapshot"]) {
    await widthOf(program, camera);
    assert.match(await errorOf(program, camera), /pixels take 977 MB, more than --max-image-memory allows/);
  }
  // Just within the limit, and interlaced: all of it has to be in memory.
  assert.deepEqual(await post(program, zerosPng(7000, 7000, 4, true)), [202, ""]);
  const decoderPeak = Math.max(...decodersOf(pid).map(peakBytes));
  assert.ok(decoderPeak < 1056 * MEGABYTE, `the decoder took ${decoderPeak} bytes`);
  // 60 MB at the start, and the memory for drawing placeholders.
  const peak = peakBytes(pid);
  assert.ok(peak < 256 * MEGABYTE, `the server took ${peak} bytes`);
  const { dropped } = await reportOf(program, "phone");
  assert.ok(dropped >= bombs.length, `${dropped} were counted`);
});

test("an image whose container lies about its size is bounded by the decoder's own memory", { skip }, async (t) => {
  const program = await startServer(t, ["phone=push", "--max-image-memory", "16MB"]);
  const [status, error] = await post(program, await avifOf(20, 20, 5000));
  assert.ok([400, 413].includes(status), `${status} ${error}`);
  const [pid] = decodersOf(process.pid);
  if (pid !== undefined) assert.ok(peakBytes(pid) < 320 * MEGABYTE);
});

test("an SVG is shown only from a file of this machine, and reads no other file", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const secret = join(folder, "secret.png");
  writeFileSync(
    secret,
    await sharp({ create: { width: 8, height: 8, channels: 3, background: "#ff0000" } })
      .png()
      .toBuffer(),
  );
  const svg = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="60" height="40">
      <rect width="60" height="40" fill="#00ff00"/>
      <image href="file://${secret}" width="60" height="40"/><image xlink:href="${secret}" width="60" height="40"/>
    </svg>`,
  );
  const file = join(folder, "drawing.svg");
  writeFileSync(file, svg);
  const http = await listen(
    t,
    createServer((_, response) => response.writeHead(200, { "Content-Type": "image/svg+xml" }).end(svg)),
  );
  const program = await startServer(t, ["phone=push", `file=picture:${file}`, `camera=${http}/a.svg#always=true`]);
  const shown = await fetch(`${program.url}/cameras/file/snapshot.jpg`);
  const { data } = await sharp(Buffer.from(await shown.arrayBuffer()))
    .raw()
    .toBuffer({ resolveWithObject: true });
  assert.ok((data[1] as number) > 200 && (data[0] as number) < 60, "the other file was read");
  assert.equal((await post(program, svg))[0], 415);
  assert.match(await errorOf(program, "camera"), /answered with image\/svg\+xml, not an image/);
});

test("decoders end with the server, also if it is killed while an image is decoded", { skip }, async (t) => {
  const file = join(temporaryFolder(t), "slow.svg");
  writeFileSync(file, slowSvg());
  const program = await startProgram(t, [`file=picture:${file}#always=true`]);
  // It has read the image when its memory grows.
  const server = program.process.pid as number;
  await until("the image is decoded", () => decodersOf(server).some((pid) => peakBytes(pid) > 90 * MEGABYTE));
  const pids = decodersOf(server);
  program.process.kill("SIGKILL");
  await until("the decoders are gone", () => !pids.some(isThere));
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
