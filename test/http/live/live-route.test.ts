import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { until } from "../../support/deferred.ts";
import { libjpegJpeg } from "../../support/images/encoded-jpegs.ts";
import { heavyJpeg, tinyJpeg } from "../../support/images/jpegs.ts";
import { testCertificate } from "../../support/sockets/tls.ts";
import { liveClient, serveLive } from "../../support/viewers/live-client.ts";

function twoCameras(t: TestContext) {
  return [handCamera(t, { name: "door", title: "Front door" }), handCamera(t, { name: "yard" })] as const;
}

const picture = (label: string) => tinyJpeg({ label });

test("two cameras come over one connection, each picture behind its header", async (t) => {
  const [door, yard] = twoCameras(t);
  const { url, report, errors } = await serveLive(t, [door.camera, yard.camera]);
  const client = await liveClient(t, url);
  const { now, ...hello } = client.hello;
  assert.ok(Math.abs(Number(now) - Date.now()) < 5000);
  assert.deepEqual(hello, {
    type: "hello",
    version: 1,
    title: "Test house",
    cameras: [
      { name: "door", title: "Front door" },
      { name: "yard", title: "yard" },
    ],
  });
  client.subscribe("door", { id: 7 });
  client.subscribe("YARD", { id: 65_535 });
  await door.show(picture("door 0"));
  await door.show(picture("door 1"));
  await yard.show(picture("yard 0"));
  await until("all have come", () => client.of(7).length >= 1 && client.of(65_535).length === 1);
  await until("the newest has come", () => client.of(7).at(-1)?.seq === 1);
  const last = client.of(7).at(-1);
  assert.deepEqual(last?.jpeg, picture("door 1"));
  assert.deepEqual([last?.version, last?.isCard], [1, false]);
  assert.equal(last?.capturedAt, (await report("door")).lastFrameAt);
  assert.deepEqual(
    client.of(7).map(({ number }) => number),
    client.of(7).map((_, index) => index + 1),
  );
  assert.deepEqual(client.of(65_535)[0]?.jpeg, picture("yard 0"));
  const [viewer] = (await report("door")).viewers;
  assert.equal(viewer?.framing, "live");
  assert.match(viewer?.address ?? "", /^127\.0\.0\.1:\d+$/);
  assert.deepEqual([viewer?.variant, viewer?.card, viewer?.dropped], [null, false, 0]);
  assert.ok((viewer?.bytes ?? 0) > 40);
  assert.deepEqual(errors, []);
});

test("one that unsubscribes gets nothing more, and the camera is released", async (t) => {
  const [door, yard] = twoCameras(t);
  const { url, report, viewers } = await serveLive(t, [door.camera, yard.camera]);
  const client = await liveClient(t, url);
  const id = client.subscribe("door");
  client.subscribe("yard");
  await door.show(picture("a"));
  await until("it has come", () => client.of(id).length === 1);
  client.say({ type: "unsubscribe", id });
  await until("the camera is released", () => !door.open);
  assert.equal(viewers.count("door"), 0);
  assert.deepEqual((await report("door")).viewers, []);
  assert.equal(yard.open, true);
  client.socket.close();
  await until("so is the other", () => !yard.open);
  assert.equal(viewers.count("yard"), 0);
});

test("no more than two pictures are out unacknowledged, and after a pause the newest comes", async (t) => {
  const [door] = twoCameras(t);
  const { url, report } = await serveLive(t, [door.camera]);
  let isAcking = true;
  const client = await liveClient(t, url, { acks: () => isAcking });
  const id = client.subscribe("door");
  await door.show(picture("0"));
  await until("the first has come", () => client.of(id).length === 1);
  isAcking = false;
  for (let number = 1; number < 20; number++) await door.show(picture(String(number)));
  await until("one more has come", () => client.of(id).length >= 2);
  await sleep(100);
  const { length } = client.of(id);
  // One, where the machine is so busy that a picture takes long.
  assert.ok(length === 2 || length === 3, `${length}`);
  client.ack(client.of(id).at(-1) as (typeof client.pictures)[number]);
  await until("the newest comes", () => client.of(id).length === length + 1);
  assert.equal(client.of(id).at(-1)?.seq, 19);
  await until("what it missed is counted", async () => (await report()).viewers[0]?.dropped === 20 - (length + 1));
});

test("a time is answered with the server's", async (t) => {
  const [door] = twoCameras(t);
  const { url } = await serveLive(t, [door.camera]);
  const client = await liveClient(t, url);
  client.say({ type: "time", at: 123.4 });
  const answer = await until("it is answered", () => client.said.find(({ type }) => type === "time"));
  assert.equal(answer["at"], 123.4);
  assert.ok(Math.abs(Number(answer["now"]) - Date.now()) < 5000);
});

test("an unknown camera, a wrong query and a full house are answered with an error that has the id", async (t) => {
  const [door] = twoCameras(t);
  const { url } = await serveLive(t, [door.camera], { maxViewers: 1 });
  const client = await liveClient(t, url);
  client.subscribe("attic", { id: 1 });
  client.subscribe("door", { id: 2, query: "rotate=45" });
  client.subscribe("door", { id: 3 });
  client.subscribe("door", { id: 4 });
  await until("three are refused", () => client.said.length === 4);
  assert.deepEqual(client.said.slice(1), [
    { type: "error", id: 1, message: 'Camera "attic" not found. Cameras: door.' },
    { type: "error", id: 2, message: 'rotate must be one of 0, 90, 180, 270, got "45".' },
    { type: "error", id: 4, message: "Too many viewers: all 1 slots are taken. Try again later." },
  ]);
  await door.show(picture("a"));
  await until("the third watches", () => client.of(3).length === 1);
});

test("a subscription is changed in place: another camera at once, and its number counts on", async (t) => {
  const [door, yard] = twoCameras(t);
  const { url, viewers } = await serveLive(t, [door.camera, yard.camera]);
  const client = await liveClient(t, url);
  const id = client.subscribe("door");
  await door.show(picture("door"));
  await until("it has come", () => client.of(id).length === 1);
  client.subscribe("yard", { id });
  await yard.show(picture("yard"));
  await until("the other has come", () => client.of(id).length === 2);
  assert.deepEqual(
    client.of(id).map(({ number, jpeg }) => [number, jpeg]),
    [
      [1, picture("door")],
      [2, picture("yard")],
    ],
  );
  assert.deepEqual([viewers.count("door"), viewers.count("yard")], [0, 1]);
  await until("the first is released", () => !door.open);
  client.subscribe("nowhere", { id });
  await until("it is over", () => client.said.some(({ type }) => type === "error"));
  assert.equal(viewers.count("yard"), 0);
});

test("states come after a subscribe, with each change, and once a second", async (t) => {
  const [door] = twoCameras(t);
  const { url } = await serveLive(t, [door.camera]);
  const client = await liveClient(t, url);
  const id = client.subscribe("door");
  const first = await until("the first state has come", () => client.states[0]);
  assert.deepEqual(
    [first.type, first.id, first.camera, first.state, first.online, first.viewers, first.rung, first.variant],
    ["state", id, "door", "starting", false, 1, null, null],
  );
  await door.show(picture("a"));
  await until("it is live", () => client.states.some(({ online }) => online));
  const count = client.states.length;
  await until("one more comes by itself", () => client.states.length > count);
  assert.deepEqual(client.states.at(-1)?.frames, 1);
  door.fail(new Error("unplugged"));
  const gone = await until("it is gone", () => client.states.find(({ state }) => state === "retrying"));
  assert.equal(gone.lastError?.message, "unplugged");
});

test("a camera that fails shows its placeholder once, then its frames; with strict, only frames", async (t) => {
  const hand = handCamera(t, { pauses: { minPauseMs: 500, maxPauseMs: 500 } });
  const { url, report } = await serveLive(t, [hand.camera], { repeatMs: 30 });
  const client = await liveClient(t, url);
  const id = client.subscribe("test");
  const strict = client.subscribe("test", { query: "strict" });
  await hand.show(await libjpegJpeg());
  await until("both have it", () => client.of(id).length >= 1 && client.of(strict).length === 1);
  hand.fail(new Error("unplugged"));
  await until("a placeholder comes", () => client.of(id).some(({ isCard, seq }) => isCard && seq === 0));
  assert.equal((await report()).viewers.filter(({ card }) => card).length, 1);
  await sleep(200);
  const { length } = client.of(id);
  assert.ok(length <= 5, `${length} messages`);
  await hand.show(await libjpegJpeg({ hue: 90 }));
  await until("pictures are back", () => client.of(id).at(-1)?.isCard === false && client.of(strict).length === 2);
  assert.ok(client.of(strict).every(({ isCard }) => !isCard));
  const card = client.of(id).find(({ isCard }) => isCard);
  assert.ok(Math.abs((card?.capturedAt ?? 0) - Date.now()) < 20_000);
});

test("a camera that is closed ends its subscriptions, and they are told", async (t) => {
  const [door, yard] = twoCameras(t);
  const { url } = await serveLive(t, [door.camera, yard.camera]);
  const client = await liveClient(t, url);
  const id = client.subscribe("door");
  const other = client.subscribe("yard");
  await door.show(picture("a"));
  await until("it has come", () => client.of(id).length === 1);
  await door.camera.close();
  await until("it is told", () => client.said.length === 2);
  assert.deepEqual(client.said[1], { type: "error", id, message: "Front door has no more frames." });
  await yard.show(picture("b"));
  await until("the other goes on", () => client.of(other).length === 1);
});

test("the server's end closes the connection with 1001", async (t) => {
  const [door] = twoCameras(t);
  const { url, web } = await serveLive(t, [door.camera]);
  const client = await liveClient(t, url);
  client.subscribe("door");
  await until("it watches", () => door.open);
  await web.close();
  assert.deepEqual(await client.closed, [1001, "The server is stopping."]);
});

test("the path is found below the base path, whatever its capitals, and without a WebSocket it is a 426", async (t) => {
  const [door] = twoCameras(t);
  const { url } = await serveLive(t, [door.camera], { basePath: "/cams" });
  for (const path of ["/live", "/Live", "/LIVE/?key=x"]) (await liveClient(t, `${url}${path}`)).socket.close();
  await liveClient(t, `${url.replace("/cams", "/CAMS")}/live`);
  for (const accept of ["*/*", "text/html"]) {
    const response = await fetch(`${url}/live`, { headers: { accept } });
    assert.deepEqual([response.status, response.headers.get("upgrade")], [426, "websocket"]);
    assert.match(await response.text(), /WebSocket required\. Connect with ws/);
  }
  const outside = new WebSocket(`${url.replace("http", "ws").replace("/cams", "")}/live`);
  const [, response] = await once(outside, "unexpected-response");
  assert.equal(response.statusCode, 404);
  outside.on("error", () => {});
  outside.terminate();
});

test("a client that goes away without a word is found out, and its cameras are released", async (t) => {
  const [door] = twoCameras(t);
  const { url, viewers } = await serveLive(t, [door.camera], { pingMs: 30 });
  const client = await liveClient(t, url, { autoPong: false, acks: () => false });
  client.subscribe("door");
  await until("it watches", () => door.open);
  await until("it has gone", () => viewers.count("door") === 0 && !door.open);
  const cut = await liveClient(t, url);
  cut.subscribe("door");
  await until("it watches", () => door.open);
  cut.socket.terminate();
  await until("it has gone", () => viewers.count("door") === 0 && !door.open);
});

test("for a client that acknowledges nothing the camera is released, and opened again when it does", async (t) => {
  const [door] = twoCameras(t);
  const { url, viewers } = await serveLive(t, [door.camera], { restMs: 100 });
  const client = await liveClient(t, url, { acks: ({ seq }) => seq > 0 });
  const id = client.subscribe("door");
  await door.show(picture("a"));
  await until("the camera is released", () => !door.open);
  assert.deepEqual([client.of(id).length, viewers.count("door")], [1, 1]);
  client.ack(client.of(id)[0] as (typeof client.pictures)[number]);
  await door.show(picture("b"));
  await until("it sees again", () => client.of(id).length === 2);
});

test("it goes over TLS as well", async (t) => {
  const [door] = twoCameras(t);
  const { url } = await serveLive(t, [door.camera], { tlsPem: testCertificate() });
  const client = await liveClient(t, url, { rejectUnauthorized: false });
  const id = client.subscribe("door");
  const jpeg = heavyJpeg(200_000);
  for (let number = 0; number < 3; number++) {
    await door.show(jpeg);
    await until("it has come whole", () => client.of(id).at(-1)?.seq === number);
    assert.deepEqual(client.of(id).at(-1)?.jpeg, jpeg);
  }
});
