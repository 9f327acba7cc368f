import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ffmpeg } from "../../../src/drivers/ffmpeg/ffmpeg.ts";
import { protocolsOf } from "../../../src/drivers/ffmpeg/protocols.ts";
import { openDriver } from "../../support/cameras/open-driver.ts";
import { makeClip } from "../../support/images/clips.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { needs } from "../../support/tools.ts";

const skip = needs("ffmpeg");

const hls = (segment: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n${segment}\n#EXT-X-ENDLIST\n`;
const dash = (url: string) =>
  `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S" minBufferTime="PT1S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1000"><BaseURL>${url}</BaseURL></Representation></AdaptationSet></Period></MPD>`;

async function listening(t: TestContext, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Serves a text over HTTP, whatever is asked for, and counts. */
async function webServer(t: TestContext, text: string) {
  const asked: string[] = [];
  const server = createHttpServer((request, response) => {
    asked.push(request.url ?? "");
    response.end(text);
  });
  return { host: await listening(t, server), asked };
}

/** Serves a text to each TCP connection. */
async function tcpServer(t: TestContext, text: string): Promise<string> {
  return await listening(
    t,
    createServer((socket) => socket.on("error", () => {}).end(text)),
  );
}

/** A clip in MPEG-TS, and one in MP4, which a playlist may name. */
function clips(t: TestContext) {
  const [ts, mp4] = ["a.ts", "a.mp4"].map((name) => join(temporaryFolder(t), name)) as [string, string];
  const source = ["-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=5:duration=1"];
  for (const file of [ts, mp4]) execFileSync("ffmpeg", [...source, "-c:v", "libx264", "-pix_fmt", "yuv420p", file]);
  return { ts, mp4 };
}

test("what comes over the network opens no file of this machine", { skip, timeout: 60_000 }, async (t) => {
  const { ts, mp4 } = clips(t);
  const texts = [hls(`file://${ts}`), hls(ts), dash(`file://${mp4}`), `ffconcat version 1.0\nfile '${ts}'\n`];
  for (const text of texts) {
    const addresses = [`http://${(await webServer(t, text)).host}/live.m3u8`, `tcp://${await tcpServer(t, text)}`];
    // An address with a password goes another way.
    addresses.push(addresses[0]?.replace("//", "//admin:secret7@") ?? "");
    for (const address of addresses) {
      const { pictures, failure } = await openDriver(t, ffmpeg, { address }).untilFailure();
      assert.equal(pictures.length, 0, address);
      assert.match(failure.message, /^ffmpeg ended with status/);
    }
  }
});

test("what comes over TCP, and a file that is no playlist by its name, lead nowhere else", {
  skip,
  timeout: 60_000,
}, async (t) => {
  const { host, asked } = await webServer(t, "nothing");
  const playlist = hls(`http://${host}/segment.ts`);
  const file = join(temporaryFolder(t), "clip.mp4");
  writeFileSync(file, playlist);
  for (const address of [file, `tcp://${await tcpServer(t, playlist)}`]) {
    assert.equal((await openDriver(t, ffmpeg, { address }).untilFailure()).pictures.length, 0);
  }
  assert.equal(asked.length, 0);
  const own = file.replace("clip.mp4", "own.m3u8");
  writeFileSync(own, playlist);
  await openDriver(t, ffmpeg, { address: own }).untilFailure();
  assert.ok(asked.includes("/segment.ts"), "a playlist of one's own does");
});

test("a file, and a stream over HTTP that is none, are shown as ever", { skip }, async (t) => {
  const { pictures } = await openDriver(t, ffmpeg, { address: makeClip(t, "video.avi") }).untilFailure();
  assert.ok(pictures.length > 0);
});

test("each kind of input may use the protocols that it takes", () => {
  const http = ["http", "https", "httpproxy", "tcp", "tls", "crypto", "data"];
  const local = ["file", "crypto", "data"];
  const cases: [address: string, protocols: readonly string[]][] = [
    ["/clips/a,b+c.mp4", local],
    ["C:\\clips\\a.mp4", local],
    ["file:/clips/a.mp4", local],
    ["http://cam/x.m3u8?file=/etc", http],
    ["HTTPS://cam/x", ["https", ...http.filter((name) => name !== "https")]],
    ["http://cam/x.sdp", [...http, "rtp", "srtp", "udp"]],
    ["own.sdp", [...local, "rtp", "srtp", "udp", "tcp"]],
    ["tcp://cam:80", ["tcp"]],
    ["udp://239.0.0.1:80", ["udp"]],
    ["srt://cam:80?mode=caller", ["srt"]],
    ["async:http://cam/x", ["async", ...http]],
    ["crypto+https://cam/x", ["crypto", "https", ...http.filter((name) => !["crypto", "https"].includes(name))]],
    ["concat:a.ts|b.ts", ["concat", ...local]],
    ["subfile,,start,0,end,9,,:a.ts", ["subfile", ...local]],
    ["sftp://cam/x", ["sftp", "tcp", "tls", "udp"]],
  ];
  for (const [address, protocols] of cases)
    assert.deepEqual(new Set(protocolsOf({ address })), new Set(protocols), address);
  for (const network of ["http", "https", "rtsp", "rtmp", "tcp", "udp", "srt", "rtp", "mms", "ftp", "x-new"]) {
    assert.ok(!protocolsOf({ address: `${network}://cam/x` })?.includes("file"), network);
  }
  assert.equal(protocolsOf({ address: "testsrc", format: "lavfi" }), undefined);
});
