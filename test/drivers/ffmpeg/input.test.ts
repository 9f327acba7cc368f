import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ffmpeg } from "../../../src/drivers/ffmpeg/ffmpeg.ts";
import { inputOf, isReadOnce, receives, waitsForPublisher } from "../../../src/drivers/ffmpeg/input.ts";
import { openDriver } from "../../support/cameras/open-driver.ts";
import { watchedCamera } from "../../support/cameras/watched-camera.ts";
import { until } from "../../support/deferred.ts";
import { makeClip } from "../../support/images/clips.ts";
import { childrenNamed, needsProc } from "../../support/programs/processes.ts";
import { freePort } from "../../support/sockets/tcp.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { needs } from "../../support/tools.ts";

const skip = needs("ffmpeg");
const PLAIN = { loop: false, listen: false, transport: "tcp" };

/** An endless MJPEG stream for clients with the password. */
async function guardedCamera(t: TestContext): Promise<string> {
  const clip = readFileSync(makeClip(t, "video.mjpeg"));
  const expected = `Basic ${Buffer.from("admin:it's 7 secret").toString("base64")}`;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="camera"' }).end();
      return;
    }
    response.writeHead(200, { "Content-Type": "video/x-motion-jpeg" });
    const timer = setInterval(() => response.write(clip), 100);
    response.once("close", () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close().closeAllConnections());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("the list of processes shows no secret of ffmpeg's address, while it looks and while it copies", {
  skip: skip || needsProc,
  timeout: 60_000,
}, async (t) => {
  const host = await guardedCamera(t);
  const seen: string[] = [];
  const look = setInterval(() => {
    for (const { pid } of [...childrenNamed("ffmpeg"), ...childrenNamed("ffprobe")]) {
      try {
        seen.push(readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "));
      } catch {
        // It ended.
      }
    }
  }, 5);
  t.after(() => clearInterval(look));
  const camera = openDriver(t, ffmpeg, { address: `http://admin:it's%207%20secret@${host}/x?pwd=tiger7` });
  for (let count = 0; count < 5; count++) await camera.next();
  await camera.close();
  assert.ok(
    seen.some((line) => line.startsWith("ffmpeg") && line.includes("-c:v copy")),
    seen.join("\n"),
  );
  assert.ok(seen.some((line) => line.startsWith("ffprobe")));
  assert.doesNotMatch(seen.join("\n"), /secret|tiger7|admin/);
});

test("an address without secrets is an argument, and so is one with a format or a loop", () => {
  const listOf = (address: string, others = {}) => inputOf({ ...PLAIN, address, ...others }, true).list;
  assert.equal(listOf("rtsp://cam/stream?channel=1"), undefined);
  assert.equal(listOf("/clips/a@b.mp4"), undefined);
  assert.equal(listOf("http://u:secret@cam/x", { format: "mjpeg" }), undefined);
  assert.equal(listOf("http://u:secret@cam/x", { loop: true }), undefined);
  assert.equal(inputOf({ ...PLAIN, address: "rtsp://u:secret@cam/x" }, false).list, undefined, "of an old ffmpeg");
  const { list, args } = inputOf({ ...PLAIN, address: "rtsp://u:it's@cam/x", transport: "udp" }, true);
  assert.equal(
    list,
    "ffconcat version 1.0\nfile 'rtsp://u:it'\\''s@cam/x'\noption rtsp_transport udp\noption fflags nobuffer\n",
  );
  assert.doesNotMatch(args.join(" "), /it's/);
});

test("of what can be read once nothing is thrown away while ffmpeg analyzes it", () => {
  const argsOf = (address: string) => inputOf({ ...PLAIN, address }, true);
  for (const address of [
    "udp://@:9000",
    "pipe:0",
    "tcp://0.0.0.0:9000?listen",
    "srt://:9000?mode=listener&passphrase=secret99",
  ]) {
    assert.doesNotMatch(JSON.stringify(argsOf(address)), /nobuffer/, address);
  }
  assert.match(JSON.stringify(argsOf("rtsp://cam/1")), /nobuffer/);
});

test("inputs to which a publisher connects, and those that can be read once, are known", () => {
  const cases: [address: string, waits: boolean, once: boolean][] = [
    ["srt://0.0.0.0:9000?mode=listener&latency=20", true, true],
    ["srt://cam:9000?mode=caller", false, false],
    ["srt://cam:9000", false, false],
    ["tcp://0.0.0.0:9000?listen", true, true],
    ["tcp://0.0.0.0:9000?listen=1", true, true],
    ["tcp://0.0.0.0:9000?listen=0", false, false],
    ["tcp://cam:9000", false, false],
    ["udp://@:9000", false, true],
    ["rtp://0.0.0.0:9000", false, true],
    ["rist://@:9000", true, true],
    ["rtsp://cam/listen=1", false, false],
    ["own.sdp", false, true],
    ["pipe:0", false, true],
    ["clip.mp4", false, false],
  ];
  for (const [address, waits, once] of cases) {
    assert.deepEqual(
      [waitsForPublisher({ ...PLAIN, address }), isReadOnce({ ...PLAIN, address })],
      [waits, once],
      address,
    );
  }
  assert.equal(waitsForPublisher({ address: "rtmp://0.0.0.0/live", listen: true }), true);
  assert.equal(receives({ ...PLAIN, address: "pipe:0" }), false, "its end is one");
});

/** An ffmpeg that publishes, once; it is killed by what is returned. */
function publish(t: TestContext, url: string, args: readonly string[]): () => Promise<unknown> {
  const source = ["-v", "error", "-re", "-f", "lavfi", "-i", "testsrc=size=160x120:rate=25"];
  const child = spawn("ffmpeg", [...source, ...args, url], { stdio: "ignore" });
  const exited = once(child, "exit");
  const end = () => {
    child.kill("SIGKILL");
    return exited;
  };
  t.after(end);
  return end;
}

const H264 = ["-c:v", "libx264", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", "5"];
for (const [name, from, to, args] of [
  ["srt", "srt://127.0.0.1:PORT?mode=listener", "srt://127.0.0.1:PORT", [...H264, "-f", "mpegts"]],
  ["tcp", "tcp://127.0.0.1:PORT?listen=1", "tcp://127.0.0.1:PORT", [...H264, "-f", "mpegts"]],
  ["rtmp", "rtmp://127.0.0.1:PORT/live/x#listen=true", "rtmp://127.0.0.1:PORT/live/x", [...H264, "-f", "flv"]],
] as const) {
  test(`the first publisher over ${name} is shown, and the next, and waiting is no failure`, {
    skip,
    timeout: 60_000,
  }, async (t) => {
    const port = String(await freePort());
    const [address = "", listen] = from.replace("PORT", port).split("#listen=");
    const camera = watchedCamera(t, ffmpeg, { address, ...(listen && { listen }) });
    for (let round = 0; round < 2; round++) {
      await until("ffmpeg listens", () => isBound(Number(port), name === "srt"));
      const end = publish(t, to.replace("PORT", port), args);
      await camera.shown(camera.pictures.length + 3);
      await end();
    }
    await camera.heard(/Waiting for a publisher/);
    assert.deepEqual(
      camera.events.filter((event) => /ended|No picture/.test(event)),
      [],
    );
  });
}

test("every frame of a short visit is shown, though other publishers connected before and sent nothing", {
  skip,
  timeout: 60_000,
}, async (t) => {
  const port = await freePort();
  const camera = watchedCamera(t, ffmpeg, { address: `tcp://127.0.0.1:${port}?listen=1` });
  for (let count = 0; count < 2; count++) {
    await until("ffmpeg listens", () => isBound(port, false));
    connect(port, "127.0.0.1")
      .on("error", () => {})
      .end();
    await until(
      "the connection is over",
      () => camera.events.filter((event) => event.startsWith("failed")).length > count,
    );
  }
  await until("ffmpeg listens", () => isBound(port, false));
  publish(t, `tcp://127.0.0.1:${port}`, ["-frames:v", "20", "-c:v", "mjpeg", "-f", "mjpeg"]);
  await camera.shown(20);
});

/** Whether a socket is bound to the port (proc(5), /proc/net/tcp). */
function isBound(port: number, isUdp: boolean): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const table = readFileSync(isUdp ? "/proc/net/udp" : "/proc/net/tcp", "utf8");
  return new RegExp(`^ *\\d+: [0-9A-F]{8}:${hex} [0-9A-F]{8}:0000 ${isUdp ? "07" : "0A"}`, "m").test(table);
}

test("a named pipe is not read by a look at it", {
  skip: skip || needs("mkfifo", "coreutils"),
  timeout: 60_000,
}, async (t) => {
  const pipe = join(temporaryFolder(t), "pipe");
  execFileSync("mkfifo", [pipe]);
  const camera = openDriver(t, ffmpeg, { address: pipe, format: "mjpeg" });
  const first = camera.next();
  const writer = spawn("sh", ["-c", 'cat "$1" > "$2"', "sh", makeClip(t, "video.mjpeg"), pipe], { stdio: "ignore" });
  t.after(() => writer.kill("SIGKILL"));
  assert.ok((await first).length > 0);
});
