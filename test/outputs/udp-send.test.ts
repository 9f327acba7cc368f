import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import type { Camera } from "../../src/core/camera.ts";
import { wholeJpeg } from "../../src/jpeg/whole.ts";
import { MessageLog } from "../../src/messages/message-log.ts";
import { OutputRunner } from "../../src/outputs/output-runner.ts";
import { udpSend } from "../../src/outputs/udp-send.ts";
import { Variants } from "../../src/transform/variants.ts";
import { pause } from "../../src/util/abort.ts";
import { until } from "../support/deferred.ts";
import { heavyJpeg, tinyJpeg } from "../support/images/jpegs.ts";
import { sizeOf } from "../support/images/layouts.ts";
import { FAKE_FRAMES } from "../support/paths.ts";
import { startPython } from "../support/peers/python.ts";
import { testCamera } from "../support/serve.ts";
import { freeUdpPort, lossyRelay, udpSocket } from "../support/sockets/udp.ts";
import { needsPython } from "../support/tools.ts";
import { type VirtualTime, virtualTime } from "../support/virtual-time.ts";

const skip = needsPython("socket", "python3");

/** What udp_frame_server.py says: first its port, then each picture. */
interface Said {
  readonly port?: number;
  readonly length: number;
  readonly hex: string;
  readonly sizes: readonly number[];
}

/** A camera of numbered pictures, 100 a second. */
function numbered(t: TestContext, sizeOf: (index: number) => number = () => 5000): Camera {
  return testCamera(t, {
    async *open({ signal }) {
      for (let index = 0; !signal.aborted; index++) {
        yield heavyJpeg(sizeOf(index), `number ${index}.`);
        await pause(10, signal);
      }
    },
  });
}

/** The output, running. */
function send(t: TestContext, camera: Camera, port: number, options: Record<string, string> = {}) {
  const parsed = udpSend.options.parse({ address: `127.0.0.1:${port}`, ...options });
  const messages = new MessageLog();
  const [notes, failures]: [string[], string[]] = [[], []];
  const output = new OutputRunner({
    kind: "udp-send",
    address: `127.0.0.1:${port}`,
    run: (context) => udpSend.run(parsed, context),
    frames: (spec) => (Object.keys(spec).length === 0 ? camera : new Variants(camera).of(spec)),
    messages,
    onNote: (text) => notes.push(text),
    onFailure: (message) => failures.push(message),
  });
  t.after(() => output.close());
  output.start();
  return { output, messages, notes, failures };
}

/** Starts a receiver of Python, and waits until it listens. */
async function startReceiver(t: TestContext, style: string, form: string, port = 0, ...more: string[]) {
  const receiver = startPython<Said>(t, "udp_frame_server.py", style, String(port), form, ...more);
  const listensAt = await until("the receiver listens", () => receiver.said[0]?.port);
  return { port: listensAt, pictures: () => receiver.said.slice(1), process: receiver.process };
}

/** The number in each picture, which must be whole. */
function numbersIn(pictures: readonly Said[]): number[] {
  return pictures.map(({ hex }) => {
    const bytes = Buffer.from(hex, "hex");
    const found = wholeJpeg(bytes);
    assert.ok("jpeg" in found && found.jpeg.length === bytes.length, "a picture is not whole");
    return Number(/number (\d+)\./.exec(bytes.toString("latin1"))?.[1]);
  });
}

/**
 * Waits for pictures, while time passes at a tenth of its speed: on a busy machine, too, an answer
 * comes within a second.
 */
async function untilCame(time: VirtualTime, count: number, pictures: () => readonly Said[]): Promise<void> {
  let seen = 0;
  await until(`${count} pictures have come`, async () => {
    const { length } = pictures();
    // The next frame of the camera.
    await time.advance(length > seen ? 10 : 1);
    seen = length;
    return length >= count;
  });
}

function assertInOrder(numbers: readonly number[]): void {
  assert.ok(
    numbers.every((number, index) => number > (numbers[index - 1] ?? -1)),
    `came as ${numbers}`,
  );
}

for (const [header, form] of [
  ["8", "<q"],
  ["4", "<i"],
] as const) {
  test(`is understood by a Python program that reads lengths as ${form}`, { skip }, async (t) => {
    const time = virtualTime(t);
    const receiver = await startReceiver(t, "chunks", form);
    const { output } = send(t, numbered(t), receiver.port, { header });
    await untilCame(time, 20, receiver.pictures);
    const pictures = receiver.pictures();
    assertInOrder(numbersIn(pictures));
    for (const { length, sizes } of pictures) {
      assert.deepEqual(sizes.slice(0, -1), Array(Math.ceil(length / 1024) - 1).fill(1024));
    }
    const status = output.status();
    assert.deepEqual([status.peers, status.lastError], [[`127.0.0.1:${receiver.port}`], null]);
    assert.ok(status.frames >= 20 && status.bytes > 20 * 5000 && status.fps > 0);
  });
}

test("sends no empty chunk behind frames whose length is a multiple of 1024", { skip }, async (t) => {
  const time = virtualTime(t);
  const receiver = await startReceiver(t, "chunks", "<q");
  const bare = tinyJpeg({ scan: Buffer.alloc(0) }).length;
  const even = tinyJpeg({ scan: Buffer.alloc(3 * 1024 - bare, 1) });
  const camera = testCamera(t, {
    async *open({ signal }) {
      for (; !signal.aborted; await pause(5, signal)) yield even;
    },
  });
  send(t, camera, receiver.port);
  await untilCame(time, 5, receiver.pictures);
  for (const { hex, sizes } of receiver.pictures().slice(0, 5)) {
    assert.deepEqual(sizes, [1024, 1024, 1024]);
    assert.equal(hex, even.toString("hex"));
  }
});

test("sends large frames no faster than a receiver's system can hold them", { skip }, async (t) => {
  const receiver = await startReceiver(t, "chunks", "<q");
  send(
    t,
    numbered(t, () => 300_000),
    receiver.port,
  );
  await until("5 pictures have come", () => receiver.pictures().length >= 5, 60_000);
  assertInOrder(numbersIn(receiver.pictures().slice(0, 5)));
});

test("sends each frame in one datagram, made to fit, to a program that takes it so", { skip }, async (t) => {
  const time = virtualTime(t);
  const receiver = await startReceiver(t, "whole", "<q");
  const large = await noisyJpeg();
  assert.ok(large.length > 65_507);
  const camera = testCamera(t, {
    async *open({ signal }) {
      for (; !signal.aborted; await pause(100, signal)) yield large;
    },
  });
  send(t, camera, receiver.port, { whole: "true" });
  await untilCame(time, 2, receiver.pictures);
  for (const { hex, length } of receiver.pictures()) {
    assert.ok(length <= 65_507 && length > 10_000, `${length} bytes came`);
    assert.ok("jpeg" in wholeJpeg(Buffer.from(hex, "hex")));
  }
});

test("takes variant options", { skip }, async (t) => {
  virtualTime(t);
  const receiver = await startReceiver(t, "chunks", "<q");
  const camera = testCamera(t, {
    async *open({ signal }) {
      for (; !signal.aborted; await pause(50, signal)) yield readFileSync(FAKE_FRAMES[0] as string);
    },
  });
  send(t, camera, receiver.port, { width: "64", quality: "40" });
  const [{ hex } = { hex: "" }] = await until(
    "a picture has come",
    () => receiver.pictures()[0] && receiver.pictures(),
  );
  assert.equal(sizeOf(Buffer.from(hex, "hex"))?.width, 64);
});

for (const [loss, count] of [
  [0.01, 40],
  [0.1, 8],
] as const) {
  test(`gets frames whole and in order over a network that loses ${loss * 100} %, and never stops`, {
    skip,
  }, async (t) => {
    const time = virtualTime(t);
    const receiver = await startReceiver(t, "careful", "<q");
    const relay = await lossyRelay(t, receiver.port, loss, 7);
    send(
      t,
      numbered(t, () => 2000),
      relay.port,
    );
    let [came, lost, idle] = [0, 0, 0];
    await until(
      `${count} pictures have come`,
      async () => {
        const now = receiver.pictures().length;
        const isLost = relay.lost > lost;
        idle = isLost || now > came ? 0 : idle + 1;
        // What lost a datagram is not answered; else it takes the next frame, or pauses.
        await time.advance(isLost || idle % 100 === 99 ? 1000 : now > came ? 10 : 0);
        [came, lost] = [now, relay.lost];
        return now >= count;
      },
      100_000,
    );
    assertInOrder(numbersIn(receiver.pictures()));
    assert.ok(relay.lost > 0);
  });
}

test("lets the camera go while nothing answers, asks on, and sends once a receiver is there", { skip }, async (t) => {
  const time = virtualTime(t);
  const port = await freeUdpPort();
  let opened = 0;
  const camera = testCamera(t, {
    async *open({ signal }) {
      opened++;
      for (let index = 0; !signal.aborted; index++) {
        yield heavyJpeg(5000, `number ${opened * 1_000_000 + index}.`);
        await pause(10, signal);
      }
    },
  });
  const { output, notes } = send(t, camera, port);
  await time.until("the camera is let go", () => opened === 1 && camera.status().state === "idle");
  assert.deepEqual(notes, [`Receiver does not answer: 127.0.0.1:${port}; it is asked again in up to 30 s`]);
  assert.deepEqual([output.status().peers, output.status().lastError], [[], null]);
  const receiver = await startReceiver(t, "chunks", "<q", port);
  await time.advance(1000);
  await untilCame(time, 5, receiver.pictures);
  assert.deepEqual(output.status().peers, [`127.0.0.1:${port}`]);
  assert.equal(opened, 2);
  assertInOrder(numbersIn(receiver.pictures()));
  assert.equal(notes[1], `Receiver answers: 127.0.0.1:${port}`);
  receiver.process.kill("SIGKILL");
  await time.until("the camera is let go again", () => camera.status().state === "idle");
  assert.deepEqual([output.status().peers, notes.length], [[], 3]);
  assert.equal(output.status().lastError, null);
});

test("a late answer, or any other datagram of the receiver, ends the pause", async (t) => {
  const time = virtualTime(t);
  const receiver = await udpSocket(t);
  let from = 0;
  receiver.on("message", (_datagram, sender) => (from = sender.port));
  const camera = numbered(t);
  const { notes } = send(t, camera, receiver.port);
  await time.until("it pauses", () => notes.length === 1);
  receiver.send("sorry, I was busy", from, "127.0.0.1");
  await until("the camera is open", () => camera.status().state === "live");
});

test("ignores answers that do not come from the receiver", async (t) => {
  const time = virtualTime(t);
  const receiver = await udpSocket(t);
  const other = await udpSocket(t);
  const camera = numbered(t);
  const lengths: number[] = [];
  receiver.on("message", (datagram, sender) => {
    other.send("get message!!!", sender.port, "127.0.0.1", () => lengths.push(datagram.length));
  });
  const { output, notes } = send(t, camera, receiver.port);
  for (let count = 1; count <= 3; count++) {
    // The first datagram of a frame is its length.
    await until("the other answers", () => lengths.filter((length) => length === 8).length === count);
    await time.advance(1000);
  }
  assert.equal(notes.length, 1);
  assert.deepEqual([output.status().peers, output.status().frames], [[], 3]);
});

test("keeps a receiver's texts as messages, repetitions once", {
  skip,
}, async (t) => {
  const time = virtualTime(t);
  const receiver = await startReceiver(t, "chunks", "<q", 0, "Message received!");
  const { messages } = send(t, numbered(t), receiver.port);
  await untilCame(time, 5, receiver.pictures);
  assert.deepEqual(
    messages.list().map(({ from, text }) => [from, text]),
    [[`udp 127.0.0.1:${receiver.port}`, "Message received!"]],
  );
});

test("stops at once while it waits for an answer", async (t) => {
  const time = virtualTime(t);
  const receiver = await udpSocket(t);
  const { output } = send(t, numbered(t), receiver.port);
  await new Promise((resolve) => receiver.once("message", resolve));
  await output.close();
  assert.equal(time.passedMs, 0);
});

test("says in one sentence that there is no such host, and tries again", async (t) => {
  const time = virtualTime(t);
  const { failures } = send(t, numbered(t), 9999, { address: "no-such-host.invalid:9999" });
  await time.until("it has failed twice", () => failures.length === 2);
  assert.equal(failures[0], "There is no host no-such-host.invalid");
});

/** A picture that compresses badly. */
async function noisyJpeg(): Promise<Buffer> {
  const { default: sharp } = await import("sharp");
  const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
  return await sharp({ create: { width: 640, height: 480, channels: 3, background: "black", noise } })
    .jpeg({ quality: 95 })
    .toBuffer();
}
