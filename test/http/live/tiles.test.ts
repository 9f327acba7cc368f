import assert from "node:assert/strict";
import { test } from "node:test";
import { readHeader } from "../../../src/jpeg/read-header.ts";
import { MAX_VARIANTS } from "../../../src/transform/encoders.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { until } from "../../support/deferred.ts";
import { libjpegJpeg } from "../../support/images/encoded-jpegs.ts";
import { heavyJpeg } from "../../support/images/jpegs.ts";
import { type LiveClient, liveClient, serveLive } from "../../support/viewers/live-client.ts";

const HD = await Promise.all([0, 60, 120].map((hue) => libjpegJpeg({ width: 1280, height: 720, hue })));

function widths(client: LiveClient, id: number): (number | undefined)[] {
  return client.of(id).map(({ jpeg }) => readHeader(jpeg)?.width);
}

test("tiles of about the same size share an encode, from the first picture on; large ones get the camera's own", async (t) => {
  const hand = handCamera(t);
  const { url, variants, report } = await serveLive(t, [hand.camera]);
  const clients = [await liveClient(t, url), await liveClient(t, url)] as const;
  for (const [index, client] of clients.entries()) {
    client.subscribe("test", { id: 1, width: 500 + index * 50, height: 400 + index });
    client.subscribe("test", { id: 2, width: 1200, height: 700 });
    client.subscribe("test", { id: 3 });
  }
  for (const jpeg of HD) await hand.show(jpeg);
  for (const client of clients) {
    await until("all have some", () => [1, 2, 3].every((id) => client.of(id).at(-1)?.seq === 2));
    assert.ok(widths(client, 1).every((width) => width === 640));
    assert.deepEqual(client.of(2).at(-1)?.jpeg, HD[2]);
    assert.deepEqual(client.of(3).at(-1)?.jpeg, HD[2]);
    assert.equal(client.of(1)[0]?.number, 1);
  }
  assert.deepEqual(
    variants(hand.camera)
      .status()
      .map(({ key }) => key),
    ["width=640"],
  );
  assert.ok((variants(hand.camera).status()[0]?.encodes ?? 9) <= 3);
  const { viewers } = await report();
  assert.deepEqual(viewers.map(({ variant }) => variant).sort(), [null, null, null, null, "width=640", "width=640"]);
  const state = await until("the state says so", () => clients[0].states.find(({ variant }) => variant !== null));
  assert.equal(state.variant, "width=640");
});

test("a tile that grows is shown what it had until it has what it needs, without a gap", async (t) => {
  const hand = handCamera(t);
  const { url, report } = await serveLive(t, [hand.camera]);
  const client = await liveClient(t, url);
  const id = client.subscribe("test", { width: 300 });
  await hand.show(HD[0] as Buffer);
  await until("it has a small one", () => widths(client, id).at(-1) === 320);
  client.subscribe("test", { id, width: 2000 });
  await until("it has the same picture in full", () => widths(client, id).at(-1) === 1280);
  const pictures = client.of(id);
  assert.deepEqual(
    pictures.map(({ seq, number }) => [seq, number]),
    pictures.map((_, index) => [0, index + 1]),
  );
  assert.equal(hand.opened, 1);
  await hand.show(HD[1] as Buffer);
  client.subscribe("test", { id, width: 300 });
  await until("it is small again", () => widths(client, id).at(-1) === 320);
  await hand.show(HD[2] as Buffer);
  await until("it goes on", () => client.of(id).at(-1)?.seq === 2);
  // Sources number their pictures each for itself.
  assert.equal((await report()).viewers[0]?.dropped, 0);
});

test("nothing is encoded for a size that nobody watches any more", async (t) => {
  const hand = handCamera(t);
  const { url, variants } = await serveLive(t, [hand.camera]);
  const client = await liveClient(t, url);
  const id = client.subscribe("test", { width: 300 });
  client.subscribe("test", { id: 9 });
  await hand.show(HD[0] as Buffer);
  await until("it is seen", () => client.of(id).length === 1);
  const encodes = () => variants(hand.camera).status()[0]?.encodes;
  assert.equal(encodes(), 1);
  client.say({ type: "unsubscribe", id });
  client.say({ type: "time", at: 1 });
  await until("that is followed", () => client.said.some(({ type }) => type === "time"));
  for (const jpeg of HD) await hand.show(jpeg);
  await until("the other sees more", () => client.of(9).at(-1)?.seq === 3);
  assert.equal(encodes(), 1);
});

test("when all variants are in use a tile gets the camera's own, and what a query asks for is refused", async (t) => {
  const hand = handCamera(t);
  const { url } = await serveLive(t, [hand.camera]);
  const client = await liveClient(t, url);
  for (let index = 0; index < MAX_VARIANTS; index++) {
    client.subscribe("test", { id: index, query: `width=${700 + index}` });
  }
  await hand.show(HD[0] as Buffer);
  await until("all are seen", () => client.pictures.length >= MAX_VARIANTS);
  client.subscribe("test", { id: 20, width: 300 });
  client.subscribe("test", { id: 21, query: "gray", width: 300 });
  await until("the tile is seen", () => client.of(20).length === 1);
  assert.deepEqual(client.of(20)[0]?.jpeg, HD[0]);
  const refused = await until("the other is refused", () => client.said.find(({ id }) => id === 21));
  assert.match(
    String(refused["message"]),
    /^Too many variants: all 8 of this camera are in use. Use one of them: width=700/,
  );
  client.say({ type: "unsubscribe", id: 0 });
  await until("the tile gets its size once there is room", () => widths(client, 20).at(-1) === 320);
});

test("a tile of a camera whose pictures cannot be encoded gets them as they are", async (t) => {
  const hand = handCamera(t);
  const { url } = await serveLive(t, [hand.camera]);
  const client = await liveClient(t, url);
  const id = client.subscribe("test", { width: 300 });
  const broken = heavyJpeg(5000);
  await hand.show(broken);
  await until("it is seen", () => client.of(id).length >= 1);
  assert.deepEqual(client.of(id)[0]?.jpeg, broken);
  await hand.show(broken);
  await until("so is the next", () => client.of(id).at(-1)?.seq === 1);
});
