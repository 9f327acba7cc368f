import assert from "node:assert/strict";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { tcpListen } from "../../src/drivers/tcp-listen.ts";
import { chromiumContext } from "../support/browsers/chromium.ts";
import { openFirefox } from "../support/browsers/firefox.ts";
import { foreignPage } from "../support/browsers/foreign-page.ts";
import { watchedCamera } from "../support/cameras/watched-camera.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { needs } from "../support/tools.ts";

const REFUSED = /^note Publisher closed: .*: it speaks HTTP, not raw JPEGs/;

/** The camera at a free port of 127.0.0.1. */
async function listening(t: TestContext) {
  const camera = watchedCamera(t, tcpListen, { address: "127.0.0.1:0" });
  const waiting = await camera.heard(/^waiting Waiting for a publisher on port \d+$/);
  return { ...camera, port: Number(/\d+$/.exec(waiting)?.[0]) };
}

/** Has the browser send frames in each way that a page has. */
async function sendFrames(url: string, frame: readonly number[]): Promise<void> {
  const body = new Blob([Uint8Array.from([...frame, ...frame])], { type: "text/plain" });
  navigator.sendBeacon(`${url}/beacon`, body);
  for (const method of ["POST", "PUT"]) await fetch(url, { method, mode: "cors", body }).catch(() => {});
  await fetch(url, { method: "POST", mode: "no-cors", body }).catch(() => {});
}

const BROWSERS: Readonly<Record<string, (t: TestContext, page: string, url: string) => Promise<void>>> = {
  chromium: async (t, address, url) => {
    const page = await (await chromiumContext(t)).newPage();
    await page.goto(address, { waitUntil: "domcontentloaded" });
    await page.evaluate(`(${sendFrames})(${JSON.stringify(url)}, ${JSON.stringify([...tinyJpeg()])})`);
  },
  "firefox-esr": async (t, address, url) => {
    const tab = await (await openFirefox(t)).open(address);
    await tab.evaluate(sendFrames, url, [...tinyJpeg()]);
  },
};

for (const [program, send] of Object.entries(BROWSERS)) {
  test(`in ${program} a page sends no frame to a port of tcp-listen`, { skip: needs(program) }, async (t) => {
    const camera = await listening(t);
    await send(t, await foreignPage(t, ""), `http://127.0.0.1:${camera.port}`);
    await camera.heard(REFUSED);
    assert.equal(camera.pictures.length, 0);
  });
}

/** Sends pieces, each alone, and gives what it was told once the connection has closed. */
async function say(t: TestContext, port: number, pieces: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  t.after(() => socket.destroy());
  let told = "";
  socket.setEncoding("utf8").on("data", (text) => (told += text));
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve));
  await closed;
  return told;
}

test("a sender that speaks HTTP or TLS is told so, in whatever pieces it comes, and its place is free", async (t) => {
  const camera = await listening(t);
  const body = Buffer.concat([tinyJpeg(), tinyJpeg()]);
  const request = `POST /${"a".repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`;
  for (const [pieces, protocol] of [
    [[Buffer.concat([Buffer.from(request), body])], "HTTP"],
    [[..."GET / HTTP/1.1\r\n\r\n", body], "HTTP"],
    [["OPTION", "S /", body], "HTTP"],
    [[Buffer.of(0x16), Buffer.of(3), body], "TLS"],
  ] as const) {
    assert.match(await say(t, camera.port, pieces), new RegExp(`closed: it speaks ${protocol},`));
  }
  assert.equal(camera.pictures.length, 0);
});

test("a sender whose first words only look like HTTP is shown", async (t) => {
  for (const start of ["G", "POS", "POSTER / ", "HELLO /", "GET frames\r\n", "\x16", "\x16\x02"]) {
    const camera = await listening(t);
    const socket = connect({ host: "127.0.0.1", port: camera.port, noDelay: true });
    t.after(() => socket.destroy());
    socket.resume().write(start);
    socket.write(tinyJpeg());
    await camera.shown(1);
  }
});
