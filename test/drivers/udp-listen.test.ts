import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { Camera } from "../../src/core/camera.ts";
import { udpListen } from "../../src/drivers/udp-listen.ts";
import { repair } from "../../src/jpeg/repair.ts";
import { until } from "../support/deferred.ts";
import { heavyJpeg, tinyJpeg } from "../support/images/jpegs.ts";
import { sizeOf } from "../support/images/layouts.ts";
import { DOT_PNG, FAKE_FRAMES } from "../support/paths.ts";
import { startPython } from "../support/peers/python.ts";
import { freeUdpPort, lossyRelay, udpSocket } from "../support/sockets/udp.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needsPython } from "../support/tools.ts";
import { virtualTime } from "../support/virtual-time.ts";

const skip = needsPython("socket", "python3");

interface Received {
  readonly port: number;
  readonly pictures: Buffer[];
  readonly dropped: string[];
  readonly notes: string[];
  readonly waits: string[];
  close(): Promise<void>;
}

/** The driver, open at a free port. */
async function receive(t: TestContext, given: Record<string, string> = {}): Promise<Received> {
  const options = udpListen.options.parse({ address: "127.0.0.1:0", ...given });
  const stop = new AbortController();
  const [pictures, dropped, notes, waits]: [Buffer[], string[], string[], string[]] = [[], [], [], []];
  const drained = (async () => {
    const context = {
      signal: stop.signal,
      dropped: (reason: string) => dropped.push(reason),
      note: (text: string) => notes.push(text),
      waiting: (text: string) => waits.push(text),
    };
    for await (const picture of udpListen.open(options, context)) pictures.push(Buffer.from(picture));
  })();
  const close = async () => {
    stop.abort();
    await drained;
  };
  t.after(close);
  const [, port] = await until("it listens", () => /^Waiting for images on UDP port (\d+)$/.exec(waits[0] ?? ""));
  return { port: Number(port), pictures, dropped, notes, waits, close };
}

/** Pictures of about `size` bytes as files, each with its number in its comment. */
function picturesIn(t: TestContext, count: number, size: number): { paths: string[]; jpegs: Buffer[] } {
  const folder = temporaryFolder(t);
  const jpegs = Array.from({ length: count }, (_, index) => heavyJpeg(size, `number ${index}`));
  const paths = jpegs.map((jpeg, index) => {
    const path = join(folder, `${index}.jpg`);
    writeFileSync(path, jpeg);
    return path;
  });
  return { paths, jpegs };
}

describe("udp-listen", () => {
  for (const [style, form] of [
    ["whole", "l"],
    ["chunks", "<q"],
    ["chunks", "<i"],
  ] as const) {
    test(`shows what a Python program sends (${style}, length as ${form}), each image answered`, {
      skip,
    }, async (t) => {
      const { port, pictures, dropped } = await receive(t);
      const paths = style === "whole" ? picturesIn(t, 3, 50_000).paths : FAKE_FRAMES;
      const client = startPython<{ answer: string }>(t, "udp_frame_client.py", style, String(port), form, ...paths);
      assert.equal(await client.ended, 0);
      assert.deepEqual(client.said, Array(3).fill({ answer: "get message!!!" }));
      assert.deepEqual(
        pictures,
        paths.map((path) => readFileSync(path)),
      );
      assert.deepEqual(dropped, []);
    });
  }

  test("shows images whose length is a multiple of 1024, behind which an empty datagram comes", {
    skip,
  }, async (t) => {
    const { port, pictures, dropped } = await receive(t);
    const path = join(temporaryFolder(t), "even.jpg");
    const jpeg = tinyJpeg({ scan: Buffer.alloc(10 * 1024 - tinyJpeg({ scan: Buffer.alloc(0) }).length, 1) });
    writeFileSync(path, jpeg);
    const client = startPython(t, "udp_frame_client.py", "chunks", String(port), "l", path, path, path);
    assert.equal(await client.ended, 0);
    assert.deepEqual(pictures, [jpeg, jpeg, jpeg]);
    assert.deepEqual(dropped, []);
  });

  test("shows a large image that comes at once", { skip }, async (t) => {
    const { port, pictures } = await receive(t);
    const { paths, jpegs } = picturesIn(t, 1, 1_500_000);
    assert.equal(await startPython(t, "udp_frame_client.py", "chunks", String(port), "l", ...paths).ended, 0);
    assert.deepEqual(pictures, jpegs);
  });

  test("serves each run of a program that sends one image and ends, from a new port each time", {
    skip,
  }, async (t) => {
    const { port, pictures } = await receive(t);
    for (const path of FAKE_FRAMES) {
      assert.equal(await startPython(t, "udp_frame_client.py", "chunks", String(port), "l", path).ended, 0);
    }
    assert.equal(pictures.length, 3);
  });

  test("converts a PNG", { skip }, async (t) => {
    const { port, pictures } = await receive(t);
    const path = DOT_PNG;
    assert.equal(await startPython(t, "udp_frame_client.py", "chunks", String(port), "l", path).ended, 0);
    await until("it is converted", () => pictures.length === 1);
    assert.deepEqual(sizeOf(pictures[0] as Buffer), { width: 16, height: 16 });
  });

  test("passes over a PNG that cannot be read, and goes on", async (t) => {
    const { port, pictures, dropped } = await receive(t);
    const png = Buffer.from(readFileSync(DOT_PNG));
    png.fill(0xff, 33, 50);
    const sender = await udpSocket(t);
    sender.send(png, port, "127.0.0.1");
    await until("it is dropped", () => dropped.length === 1);
    assert.match(dropped[0] ?? "", /^Cannot read an image: /);
    sender.send(tinyJpeg(), port, "127.0.0.1");
    await until("the next came", () => pictures.length === 1);
  });
});

describe("udp-listen over a network that loses datagrams", { concurrency: true }, () => {
  for (const [style, loss, size, count] of [
    ["chunks", 0.01, 5000, 40],
    ["chunks", 0.1, 2500, 15],
    ["whole", 0.1, 5000, 40],
  ] as const) {
    test(`shows images whole and in order, and never stops a sender (${style}, ${loss * 100} % lost)`, {
      skip,
    }, async (t) => {
      const { port, pictures, dropped } = await receive(t);
      const relay = await lossyRelay(t, port, loss, 20261121);
      const { paths, jpegs } = picturesIn(t, count, size);
      const client = startPython<unknown>(t, "udp_frame_client.py", style, String(relay.port), "l", ...paths);
      // Its first datagram passes, by the seed: of a sender that never came through nobody knows.
      const progress = () => `${client.said.length} answers, ${pictures.length} pictures, ${dropped.length} dropped`;
      await until("the sender has ended", () => client.process.exitCode === 0, 100_000).catch((error) => {
        throw new Error(`${error.message}: ${progress()}`);
      });
      const numbers = pictures.map((picture) => jpegs.findIndex((jpeg) => jpeg.equals(picture)));
      assert.ok(
        numbers.every((number, index) => number > (numbers[index - 1] ?? -1)),
        `came as ${numbers}`,
      );
      assert.ok(
        numbers.length > count / 4,
        `${relay.lost} datagrams were lost, and of ${count} pictures came ${numbers}`,
      );
    });
  }
});

describe("udp-listen's port", () => {
  test("takes IPv4 and IPv6 where it listens on ::, and answers both", {
    skip:
      !Object.values(networkInterfaces())
        .flat()
        .some((one) => one?.address === "::1") && "this machine has no IPv6",
  }, async (t) => {
    const { port, pictures } = await receive(t, { address: "[::]:0", allow: "127.0.0.0/8" });
    const sender = await udpSocket(t);
    const answers: string[] = [];
    sender.on("message", (answer) => answers.push(String(answer)));
    sender.send(tinyJpeg(), port, "127.0.0.1");
    await until("it is answered", () => answers.length === 1);
    assert.equal(pictures.length, 1);
  });

  test("takes images of allowed addresses only, and logs the others once", async (t) => {
    const { port, pictures, notes, dropped } = await receive(t, { allow: "10.0.0.0/8,127.0.0.7" });
    const sender = await udpSocket(t);
    let answers = 0;
    sender.on("message", () => answers++);
    for (let count = 0; count < 50; count++) sender.send(tinyJpeg(), port, "127.0.0.1");
    await until("it is said", () => notes.length > 0);
    sender.send(tinyJpeg(), port, "127.0.0.1");
    // Comes behind the others.
    const allowed = createSocket("udp4").bind(0, "127.0.0.7");
    t.after(() => allowed.close());
    allowed.send(tinyJpeg(), port, "127.0.0.1");
    await until("an image of an allowed address came", () => pictures.length > 0);
    assert.deepEqual(notes.slice(0, 2), ['Image refused from 127.0.0.1: its address is not in "allow"']);
    assert.deepEqual([pictures.length, answers, dropped.length], [1, 0, 0]);
  });

  test("logs a repeated error once, and counts each", async (t) => {
    const { port, dropped, notes } = await receive(t);
    const sender = await udpSocket(t);
    for (let count = 0; count < 3; count++) {
      const header = Buffer.alloc(8);
      header.writeBigInt64LE(3n);
      sender.send(header, port, "127.0.0.1");
      sender.send("abc", port, "127.0.0.1");
    }
    await until("all are counted", () => dropped.length === 3);
    assert.deepEqual(notes, [`The data is no image, from 127.0.0.1:${sender.port}`]);
  });

  test("is free again once the driver is closed, which may be at once", async (t) => {
    const port = await freeUdpPort();
    for (let round = 0; round < 3; round++) {
      const received = await receive(t, { address: `127.0.0.1:${port}` });
      await received.close();
    }
    await udpListen.check?.(udpListen.options.parse({ address: `127.0.0.1:${port}` }));
  });

  test("that is in use, or given twice, is reported in one sentence at start", async (t) => {
    const taken = await udpSocket(t);
    const check = (address: string) => udpListen.check?.(udpListen.options.parse({ address }));
    await assert.rejects(async () => await check(`127.0.0.1:${taken.port}`), {
      name: "SetupError",
      exitCode: 1,
      message: `UDP port ${taken.port} is in use by another program or camera. Stop it, or choose another port.`,
    });
    const port = await freeUdpPort();
    const twice = await Promise.allSettled([check(`127.0.0.1:${port}`), check(`127.0.0.1:${port}`)]);
    assert.deepEqual(twice.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  });

  test("at an address that is not this machine's is refused in one sentence", async () => {
    // 192.0.2.0/24 is for documentation (RFC 5737).
    await assert.rejects(async () => await udpListen.check?.(udpListen.options.parse({ address: "192.0.2.1:9999" })), {
      message: "192.0.2.1 is not an address of this machine. Omit it to listen on all addresses.",
    });
  });
});

test("a camera of udp-listen waits without failing, is live while images come, and answers without viewers", async (t) => {
  const time = virtualTime(t);
  const port = await freeUdpPort();
  const options = udpListen.options.parse({ address: `127.0.0.1:${port}` });
  const camera = new Camera({
    name: "udp",
    title: "udp",
    driver: "udp-listen",
    open: (context) => udpListen.open(options, context),
    repair,
    lingerMs: 0,
    stallMs: 10_000,
    isAlwaysOn: true,
    isListening: true,
  });
  t.after(() => camera.close());
  camera.start();
  await until("it waits", () => camera.status().waitingFor === `Waiting for images on UDP port ${port}`);
  const sender = await udpSocket(t);
  let answers = 0;
  sender.on("message", () => answers++);
  sender.send(tinyJpeg({ width: 32, height: 24 }), port, "127.0.0.1");
  await until("it is answered", () => answers > 0);
  assert.deepEqual([camera.status().state, camera.status().width, camera.status().frames], ["live", 32, 1]);
  await time.advance(10_000);
  await until("it waits again", () => camera.status().waitingFor !== null);
  assert.deepEqual([camera.status().state, camera.status().restarts], ["starting", 0]);
});
