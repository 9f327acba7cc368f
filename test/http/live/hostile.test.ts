import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { until } from "../../support/deferred.ts";
import { libjpegJpeg } from "../../support/images/encoded-jpegs.ts";
import { heavyJpeg, tinyJpeg } from "../../support/images/jpegs.ts";
import { handshake } from "../../support/sockets/raw-web-socket.ts";
import { liveClient, serveLive } from "../../support/viewers/live-client.ts";
import { virtualTime } from "../../support/virtual-time.ts";

test("each malformed message is answered with one error in words, and the connection goes on", async (t) => {
  const hand = handCamera(t);
  const { url, errors } = await serveLive(t, [hand.camera]);
  const client = await liveClient(t, url);
  const cases: [message: string, error: string | RegExp, id?: number][] = [
    ["", 'Invalid control message: it is not JSON, got "". Send an object such as {"type":"time","at":0}.'],
    ["{", 'Invalid control message: it is not JSON, got "{". Send an object such as {"type":"time","at":0}.'],
    [
      "x".repeat(1000),
      `Invalid control message: it is not JSON, got "${"x".repeat(79)}…. Send an object such as {"type":"time","at":0}.`,
    ],
    ["null", /^Invalid control message: it is no object with a type, got /],
    ["[]", /^Invalid control message: it is no object with a type, got /],
    ['{"type":7}', /^Invalid control message: it is no object with a type, got /],
    [
      '{"type":"subscribe"}',
      /^Invalid subscribe message: id must be a whole number from 0 to 65535, got nothing; camera must be/,
    ],
    ['{"type":"subscribe","id":70000,"camera":"test"}', /^Invalid subscribe message: id must be .*, got 70000\.$/],
    [
      '{"type":"subscribe","id":3,"camera":7}',
      "Invalid subscribe message: camera must be the name of a camera, got 7.",
      3,
    ],
    [
      '{"type":"subscribe","id":3,"camera":"test","width":-1}',
      "Invalid subscribe message: width must be a number of pixels above 0 and up to 65535, got -1.",
      3,
    ],
    [
      '{"type":"subscribe","id":3,"camera":"test","height":"9"}',
      /^Invalid subscribe message: height must be .*, got "9"\.$/,
      3,
    ],
    ['{"type":"subscribe","id":3,"camera":"test","query":{}}', /^Invalid subscribe message: query must be a text/, 3],
    ['{"type":"subscribe","id":3,"camera":"test","query":"fps=0&width=x"}', /^width must be .*; fps must be /, 3],
    ['{"type":"subscribe","id":3,"camera":"test","query":"strict=1&strict=0"}', /^strict must be 1 or 0, once/, 3],
    ['{"type":"subscribe","id":3,"camera":"__proto__"}', 'Camera "__proto__" not found. Cameras: test.', 3],
    [
      '{"type":"unsubscribe","id":1.5}',
      "Invalid unsubscribe message: id must be a whole number from 0 to 65535, got 1.5.",
    ],
    [
      '{"type":"ack","id":1,"number":-1}',
      "Invalid ack message: number must be a whole number from 0 to 4294967295, got -1.",
    ],
    ['{"type":"time","at":"now"}', 'Invalid time message: at must be a number, got "now".'],
  ];
  for (const [message] of cases) client.say(message);
  client.socket.send(Buffer.from('{"type":"time","at":1}'));
  client.say({ type: "time", at: 1 });
  await until("all are answered", () => client.said.some(({ type }) => type === "time"));
  const answers = client.said.slice(1, -1);
  assert.equal(answers.length, cases.length + 1);
  for (const [index, [message, error, id]] of cases.entries()) {
    const answer = answers[index] as { type: string; id?: number; message: string };
    assert.deepEqual([answer.type, answer.id], ["error", id], message);
    if (typeof error === "string") assert.equal(answer.message, error);
    else assert.match(answer.message, error);
  }
  assert.equal(answers.at(-1)?.["message"], "Invalid control message: it is binary. Send text.");
  assert.deepEqual(errors, []);
});

test("unknown types and fields, and what acknowledges nothing, are passed over", async (t) => {
  const hand = handCamera(t);
  const { url } = await serveLive(t, [hand.camera]);
  const client = await liveClient(t, url);
  client.say({ type: "constructor" });
  client.say({ type: "__proto__", id: 1 });
  client.say({ type: "resume", id: 1 });
  client.say({ type: "ack", id: 9, number: 1 });
  client.say({ type: "unsubscribe", id: 9 });
  client.say({ type: "subscribe", id: 1, camera: "test", query: null, width: null, colour: "red", query2: {} });
  client.say({ type: "ack", id: 1, number: 4_000_000_000 });
  await hand.show(tinyJpeg());
  await until("it has come", () => client.of(1).length === 1);
  assert.equal(client.said.length, 1);
});

test("any JSON is taken or refused in words", async (t) => {
  const hand = handCamera(t);
  const { url, errors, viewers } = await serveLive(t, [hand.camera]);
  const client = await liveClient(t, url);
  const field = fc.oneof(
    fc.jsonValue(),
    fc.integer({ min: -1, max: 70_000 }),
    fc.constantFrom("test", "fps=5", "a=%ff"),
  );
  const message = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record(
        {
          type: fc.constantFrom("subscribe", "unsubscribe", "ack", "time", "hello", ""),
          id: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 5 }) }, { weight: 1, arbitrary: field }),
          camera: fc.oneof(fc.constant("test"), field),
          query: fc.oneof(fc.constant("rotate=90"), fc.webQueryParameters(), field),
          width: field,
          height: field,
          number: field,
          at: field,
        },
        { requiredKeys: ["type"] },
      )
      .map((record) => JSON.stringify(record)),
  );
  let asked = 0;
  const property = fc.asyncProperty(fc.array(message, { maxLength: 20 }), async (messages) => {
    for (const text of messages) client.say(text);
    const at = --asked;
    client.say({ type: "time", at });
    await until("it still answers", () => client.said.some((answer) => answer["at"] === at));
  });
  await fc.assert(property, { numRuns: 40 });
  for (const { type, message } of client.said) {
    if (type === "error") assert.match(String(message), /^[^\n]+[.…\w"}\])]?/);
  }
  assert.deepEqual(errors, []);
  client.socket.terminate();
  await until("nothing is left", () => viewers.count("test") === 0 && !hand.open);
});

test("a message of more than 16 KB ends the connection", async (t) => {
  const hand = handCamera(t);
  const { url } = await serveLive(t, [hand.camera]);
  const client = await liveClient(t, url);
  client.say({ type: "subscribe", id: 1, camera: "test", query: "x=".padEnd(16_000, "y") });
  await hand.show(tinyJpeg());
  await until("16,000 are well", () => client.of(1).length === 1);
  client.say("x".repeat(16 * 1024 + 1));
  assert.equal((await client.closed)[0], 1009);
});

test("a connection has 256 subscriptions at most", async (t) => {
  const hand = handCamera(t);
  const { url, viewers } = await serveLive(t, [hand.camera]);
  const client = await liveClient(t, url);
  for (let id = 0; id < 257; id++) client.subscribe("test", { id });
  await until("one is refused", () => client.said.length === 2);
  assert.deepEqual(client.said[1], {
    type: "error",
    id: 256,
    message: "Too many subscriptions: a connection has up to 256. End one first.",
  });
  assert.equal(viewers.count("test"), 256);
});

test("a client that says too much is listened to less, and goes on", async (t) => {
  const time = virtualTime(t);
  const hand = handCamera(t);
  const { url } = await serveLive(t, [hand.camera]);
  const [client, other] = [await liveClient(t, url), await liveClient(t, url)];
  for (let at = 1; at <= 10_000; at++) client.say({ type: "time", at });
  client.say({ type: "time", at: 0 });
  const answered = () => client.said.length - 1;
  await until("it is listened to", () => answered() >= 512);
  for (let at = 1; at <= 10; at++) {
    other.say({ type: "time", at });
    await until("another is answered", () => other.said.at(-1)?.["at"] === at);
  }
  assert.ok(answered() < 10_000, `${answered()} answered while time stands`);
  await time.until("all are answered", () => client.said.at(-1)?.["at"] === 0, 250);
  assert.equal(answered(), 10_001);
});

test("messages, thousands at once, leave time to others between them", async (t) => {
  const hand = handCamera(t);
  const { url } = await serveLive(t, [hand.camera]);
  // RFC 6455, 5.2: final, of text, masked by nothing.
  const empty = Buffer.of(0x81, 0x80, 0, 0, 0, 0);
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  t.after(() => socket.destroy());
  let answers = 0;
  socket.on("data", (bytes) => (answers += bytes.toString("latin1").split('"error"').length - 1));
  socket.write(Buffer.concat([handshake("/live"), ...Array<Buffer>(5000).fill(empty)]));
  let turns = 0;
  while (answers < 1000 && !socket.closed) {
    await new Promise((resolve) => setImmediate(resolve));
    if (answers > 0) turns++;
  }
  assert.ok(turns > 300, `${turns} turns of the event loop for ${answers} messages`);
});

test("who acknowledges what it never read fills no memory, and is let go", async (t) => {
  const hand = handCamera(t);
  const { url, viewers } = await serveLive(t, [hand.camera], { drainTimeoutMs: 500 });
  const client = await liveClient(t, url, { acks: () => false });
  for (let id = 0; id < 64; id++) client.subscribe("test", { id });
  await until("all watch", () => viewers.count("test") === 64);
  (client.socket as unknown as { _socket: import("node:net").Socket })._socket.pause();
  const jpeg = heavyJpeg(1_000_000);
  const before = process.memoryUsage().external;
  while (viewers.count("test") > 0) {
    for (let id = 0; id < 64; id++) client.say({ type: "ack", id, number: 4_000_000_000 });
    await hand.show(jpeg);
    await sleep(10);
    const grown = process.memoryUsage().external - before;
    assert.ok(grown < 100_000_000, `${grown} bytes`);
  }
  await until("the camera is released", () => !hand.open);
});

test("hundreds of subscriptions that come and go leave nothing behind", async (t) => {
  const time = virtualTime(t);
  const hand = handCamera(t, { lingerMs: 200 });
  const { url, viewers, variants, report } = await serveLive(t, [hand.camera]);
  const client = await liveClient(t, url);
  const jpeg = await libjpegJpeg({ width: 640, height: 480 });
  client.subscribe("test", { id: 0 });
  await hand.show(jpeg);
  await until("it is seen", () => client.of(0).length === 1);
  const { changes } = hand.camera;
  let listening = 0;
  const listen = changes.listen.bind(changes);
  changes.listen = (tell) => {
    listening++;
    const unlisten = listen(tell);
    return () => {
      listening--;
      unlisten();
    };
  };
  // Each combination of what follows once.
  for (let round = 0; round < 420; round++) {
    const id = 1 + (round % 5);
    client.subscribe("test", { id, width: 100 + (round % 7) * 60, ...(round % 3 === 0 && { query: "fps=5" }) });
    if (round % 4 !== 0) client.subscribe("test", { id, width: 300 });
    client.say({ type: "unsubscribe", id });
  }
  client.say({ type: "unsubscribe", id: 0 });
  client.say({ type: "time", at: 1 });
  await time.until("all are followed", () => client.said.some(({ type }) => type === "time"), 250);
  assert.deepEqual([viewers.count("test"), listening], [0, 0]);
  assert.deepEqual((await report()).viewers, []);
  await time.until("the camera is released", () => !hand.open);
  assert.equal(hand.opened, 1);
  await time.until("no encode is held", () =>
    variants(hand.camera)
      .status()
      .every(({ encodesPerSecond }) => encodesPerSecond < 5),
  );
  assert.equal(client.said.filter(({ type }) => type === "error").length, 0);
});
