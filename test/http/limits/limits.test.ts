import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { WebSocket } from "ws";
import { Gate } from "../../../src/http/access/gate.ts";
import type { Connection } from "../../../src/http/limits/connections.ts";
import { Limits, type LimitsOptions } from "../../../src/http/limits/limits.ts";
import { Refusals } from "../../../src/http/limits/refusals.ts";
import { RequestRates } from "../../../src/http/limits/request-rates.ts";
import { SLOT_LOST } from "../../../src/http/limits/take-slot.ts";
import { WebServer } from "../../../src/http/server/web-server.ts";
import { Viewers } from "../../../src/http/streaming/viewers.ts";
import { webSocketRoutes } from "../../../src/http/websocket-routes.ts";
import { createTestApp, type TestAppOptions } from "../../support/app.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { until } from "../../support/deferred.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";
import { listen } from "../../support/serve.ts";
import { ask, headOf, type RawAnswer, send } from "../../support/sockets/raw-http.ts";
import { get, testCertificate } from "../../support/sockets/tls.ts";
import { liveClient, serveLive } from "../../support/viewers/live-client.ts";
import { virtualTime } from "../../support/virtual-time.ts";

interface Options extends Partial<LimitsOptions>, Pick<Partial<TestAppOptions>, "viewers"> {
  readonly tlsPem?: string;
  readonly headTimeoutMs?: number;
}

/** Serves everything the port has, behind limits that a test can reach. */
async function serveLimited(t: TestContext, { tlsPem, headTimeoutMs, viewers, ...given }: Options = {}) {
  const said: string[] = [];
  const hand = handCamera(t);
  const refusals = new Refusals(({ address }, event) => said.push(`${address} ${event}`));
  const trust = given.trust ?? (() => false);
  const limits = new Limits({ maxConnections: 1000, maxRequests: 300, hasTime: () => true, ...given, refusals });
  const shared = {
    cameras: [hand.camera] as const,
    publisherSlots: new Map(),
    gate: new Gate({ trust }),
    onRefused: refusals.answered,
    onLimitReached: refusals.reached,
  };
  const web = new WebServer({
    app: createTestApp({ ...shared, viewers: viewers ?? new Viewers(100) }),
    webSockets: webSocketRoutes(shared),
    limits,
    tlsPem,
    ...(headTimeoutMs !== undefined && { headTimeoutMs }),
  });
  t.after(() => web.cut());
  const plain = await listen(t, web.server);
  return {
    hand,
    limits,
    refusals,
    said,
    web,
    plain,
    url: tlsPem === undefined ? plain : plain.replace("http:", "https:"),
  };
}

/** Opens a connection without a request. */
function open(t: TestContext, url: string): Socket {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  t.after(() => socket.destroy());
  socket.on("error", () => {});
  socket.resume();
  return socket;
}

function statusesOf(answer: RawAnswer): string[] {
  const text = [answer.head()?.join("\r\n"), answer.body().toString()].join("\r\n\r\n");
  return Array.from(text.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status = ""]) => status);
}

async function openMany(t: TestContext, url: string, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let number = 0; number < count; number++) {
    const socket = open(t, url);
    // In turn, so that the oldest is known.
    await new Promise((resolve) => socket.once("connect", resolve));
    sockets.push(socket);
  }
  return sockets;
}

test("an address with too many requests is answered 429 in a sentence, with Retry-After", async (t) => {
  const time = virtualTime(t);
  const { url, refusals, said } = await serveLimited(t, { maxRequests: 5 });
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${url}/api/cameras`)));
  const refused = answers.filter(({ status }) => status === 429);
  assert.equal(refused.length, 15);
  assert.equal(answers.filter(({ status }) => status === 200).length, 5);
  const [first] = refused;
  assert.deepEqual(await first?.json(), {
    error: "Too many requests: your address may send 5 per second. Try again in 1 s.",
  });
  assert.equal(first?.headers.get("retry-after"), "1");
  assert.equal(first?.headers.get("access-control-allow-origin"), "*");
  assert.equal(refusals.count("requests"), refused.length);
  assert.equal(refusals.byStatus.get(429), refused.length);
  assert.deepEqual(said, ["127.0.0.1 Request refused: too many from one IP address (--max-requests)"]);
  await time.advance(199);
  assert.equal((await fetch(`${url}/api/cameras`)).status, 429);
  await time.advance(1);
  assert.equal((await fetch(`${url}/api/cameras`)).status, 200);
  assert.equal((await fetch(`${url}/api/cameras`)).status, 429);
});

test("a rejection is text for a browser, empty for HEAD, and does not wait for a body", async (t) => {
  virtualTime(t);
  const { url } = await serveLimited(t, { maxRequests: 1 });
  const refuse = async (method: string, headers: Record<string, string> = {}, body = "") => {
    const answer = ask(t, `${url}/api/cameras/test/messages`, { method, headers, body });
    const head = await headOf(answer);
    assert.equal(head.status, 429);
    return { ...head, answer };
  };
  assert.equal((await fetch(`${url}/api/cameras`)).status, 200);
  const page = await refuse("GET", { Accept: "text/html" });
  assert.match(page.headers["content-type"] ?? "", /^text\/plain/);
  await until("the sentence has come", () => String(page.answer.body()).includes("Try again in 1 s.\n"));
  const head = await refuse("HEAD", { Connection: "close" });
  await until("it is closed", () => head.answer.ended);
  assert.equal(head.answer.body().length, 0);
  const post = await refuse("POST", { "Content-Length": "100000" }, "a little of it");
  assert.equal(post.headers["connection"], "close");
});

test("a flood of snapshots does not block streams, pages or health behind the same address", async (t) => {
  virtualTime(t);
  const { url, hand } = await serveLimited(t, { maxRequests: 10 });
  const statuses = await Promise.all(
    Array.from({ length: 100 }, async () => (await fetch(`${url}/api/cameras`)).status),
  );
  assert.equal(statuses.filter((status) => status === 429).length, 90);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  assert.equal((await fetch(`${url}/cameras/test`)).status, 200);
  const stream = ask(t, `${url}/video_feed`);
  assert.equal((await headOf(stream)).status, 200);
  await hand.show(tinyJpeg());
  await until("a picture has come", () => stream.body().includes(tinyJpeg()));
});

test("a dashboard with sixteen tiles at fifteen snapshots per second is never refused", async (t) => {
  const time = virtualTime(t);
  const reached: string[] = [];
  const rates = new RequestRates({
    perSecond: 300,
    hasTime: () => true,
    onLimitReached: (limit) => reached.push(limit),
  });
  const connection = { address: "10.0.0.1", network: "10.0.0.1", isProxy: false } as Connection;
  const request = { url: "/snapshot.jpg", headers: {} } as IncomingMessage;
  // Longer than what is allowed at once would last.
  for (let round = 0; round < 20 * 15; round++) {
    for (let tile = 0; tile < 16; tile++) rates.limitFor(request, connection);
    await time.advance(66);
  }
  assert.deepEqual(reached, []);
});

test("behind a trusted proxy each client has its own limit, a /64 of IPv6 counts as one, and forged headers do not count", async (t) => {
  virtualTime(t);
  const trusting = await serveLimited(t, { maxRequests: 3, trust: (address) => address === "127.0.0.1" });
  const count = async (url: string, addressOf: (number: number) => string) => {
    const asked = Array.from({ length: 30 }, async (_, number) => {
      return (await fetch(`${url}/api/cameras`, { headers: { "X-Forwarded-For": addressOf(number) } })).status;
    });
    return (await Promise.all(asked)).filter((status) => status === 429).length;
  };
  assert.equal(await count(trusting.url, (number) => `192.168.0.${number}`), 0);
  assert.equal(await count(trusting.url, () => "192.168.1.1"), 27);
  assert.equal(await count(trusting.url, (number) => `fd00::${number}:1`), 27);
  const distrusting = await serveLimited(t, { maxRequests: 3 });
  assert.equal(await count(distrusting.url, (number) => `192.168.0.${number}`), 27);
});

test("with --max-requests 0 no address is refused", async (t) => {
  const { url } = await serveLimited(t, { maxRequests: 0 });
  const requests = `GET /api/cameras HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(8);
  const answers = Array.from({ length: 50 }, () => send(t, url, requests));
  await until("all are answered", () => answers.every((answer) => statusesOf(answer).length === 8));
  assert.deepEqual([...new Set(answers.flatMap(statusesOf))], ["200"]);
});

test("an overloaded server answers snapshots and pages 503, and streams normally", async (t) => {
  const { url, refusals } = await serveLimited(t, { hasTime: () => false });
  const snapshot = await fetch(`${url}/snapshot.jpg`);
  assert.equal(snapshot.status, 503);
  assert.match(((await snapshot.json()) as { error: string }).error, /^Server overloaded\./);
  assert.equal((await fetch(`${url}/`)).status, 503);
  assert.equal((await headOf(ask(t, `${url}/video_feed`))).status, 200);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  assert.equal(refusals.count("load"), 2);
});

test("a WebSocket request over the limit gets the same rejection", async (t) => {
  virtualTime(t);
  const { url, refusals } = await serveLimited(t, { maxRequests: 1 });
  const status = () =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${url.replace("http", "ws")}/live`);
      socket.on("unexpected-response", (_request, response) => {
        response.resume();
        resolve(response.statusCode);
      });
      socket.on("error", () => {});
    });
  // An address may have three seconds' worth at once.
  const statuses = [await status(), await status(), await status(), await status()];
  assert.deepEqual(statuses, [404, 404, 404, 429]);
  assert.equal(refusals.count("requests"), 1);
});

test("a client that loops on rejections is slowed down; one slightly over the limit is not", async (t) => {
  const time = virtualTime(t);
  const { url, refusals } = await serveLimited(t, { maxRequests: 1 });
  let answered = 0;
  const loop = async (count: number) => {
    for (let number = 0; number < count; number++, answered++) await (await fetch(`${url}/api/cameras`)).text();
  };
  // One is answered, and a hundred rejections are prompt.
  await loop(101);
  assert.equal(refusals.count("requests"), 100);
  const held = Array.from({ length: 50 }, () => loop(1));
  await until("all were read", () => refusals.count("requests") === 150);
  await time.advance(499);
  assert.equal(answered, 101);
  await time.advance(1);
  await time.settle(Promise.all(held));
  assert.equal(refusals.count("requests"), 150);
});

test("a connection that pipelines requests without reading responses is cut; a few are fine", async (t) => {
  const { url, refusals, hand } = await serveLimited(t);
  const request = `GET /snapshot.jpg?strict HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`;
  const greedy = send(t, url, request.repeat(1000));
  await until("it is cut", () => greedy.ended);
  assert.equal(refusals.count("pipelining"), 1);
  // A viewer keeps the camera open.
  ask(t, `${url}/video_feed`);
  const modest = send(t, url, request.repeat(8));
  await until("all eight are answered", async () => {
    await hand.show(tinyJpeg());
    return String(modest.body()).split("HTTP/1.1 200").length === 8;
  });
  const refused = await serveLimited(t, { maxRequests: 1 });
  const flooding = send(t, refused.url, request.repeat(1000));
  await until("it is cut as well", () => flooding.ended);
});

test("endless request headers are cut off with a sentence, and a silent connection without one", async (t) => {
  const { url, refusals, said } = await serveLimited(t, { headTimeoutMs: 300 });
  const slow = Array.from({ length: 20 }, () => send(t, url, "GET / HTTP/1.1\r\nHost: localhost\r\n"));
  const silent = Array.from({ length: 20 }, () => send(t, url, ""));
  const dribbles = setInterval(() => {
    for (const { socket } of slow) if (socket.writable) socket.write("X-A: 1\r\n");
  }, 50);
  t.after(() => clearInterval(dribbles));
  await until("all are cut off", () => [...slow, ...silent].every(({ ended }) => ended));
  for (const answer of slow) assert.equal((await headOf(answer)).status, 408);
  assert.match(String(slow[0]?.body()), /Request timeout: the headers did not arrive in time\./);
  for (const answer of silent) assert.equal(answer.head(), undefined);
  assert.equal(refusals.count("head-time"), 20);
  assert.deepEqual(said, ["127.0.0.1 Connection cut: the request's headers took too long"]);
});

test("long streams and slow bodies are not taken for endless headers", async (t) => {
  const { url, hand } = await serveLimited(t, { headTimeoutMs: 200 });
  const stream = ask(t, `${url}/video_feed`);
  const post = send(
    t,
    url,
    `POST /api/cameras/test/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nhel`,
  );
  await new Promise((resolve) => setTimeout(resolve, 800));
  await hand.show(tinyJpeg());
  await until("a picture has come", () => stream.body().includes(tinyJpeg()));
  post.socket.write("lo!");
  assert.equal((await headOf(post)).status, 202);
});

test("a body longer than its Content-Length is answered before its connection closes", async (t) => {
  const { url } = await serveLimited(t);
  const post = (length: number, body: string) =>
    `POST /api/cameras/test/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n${body}`;
  const whole = send(t, url, post(6, "hello!\xff\xd9"));
  assert.equal((await headOf(whole)).status, 202);
  await until("it is closed", () => whole.ended);
  const piecemeal = send(t, url, post(6, "hel"));
  piecemeal.socket.write("lo!\r\n--x--\r\n");
  piecemeal.socket.write("more");
  assert.equal((await headOf(piecemeal)).status, 202);
  await until("it is closed", () => piecemeal.ended);
  // Bytes behind a request without a body are not its body.
  const stream = send(t, url, "GET /video_feed HTTP/1.1\r\nHost: localhost\r\n\r\n\xff\xd9");
  await until("it is closed", () => stream.ended);
});

test("headers may have 16 KB; longer ones, and garbage, are answered with a sentence", async (t) => {
  const { url, refusals } = await serveLimited(t);
  const long = ask(t, url, { headers: { "X-Long": "a".repeat(17_000) } });
  assert.equal((await headOf(long)).status, 431);
  await until("the sentence has come", () => /the limit is 16384 bytes/.test(String(long.body())));
  const garbage = send(t, url, "hello?\r\n\r\n");
  assert.equal((await headOf(garbage)).status, 400);
  assert.equal(refusals.count("head-size"), 1);
});

test("when an address has its maximum of connections, its longest idle one is evicted, and no viewer", async (t) => {
  const { url, hand, limits, refusals } = await serveLimited(t, { maxConnections: 20, isExempt: () => false });
  const stream = ask(t, `${url}/video_feed`);
  assert.equal((await headOf(stream)).status, 200);
  const idle = await openMany(t, url, 40);
  await until("some are closed", () => idle.filter(({ destroyed }) => destroyed).length >= 30);
  assert.ok(idle.slice(0, 25).every(({ destroyed }) => destroyed));
  await until("half of all are left", () => limits.connections === 10);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  await hand.show(tinyJpeg());
  await until("a picture has come", () => stream.body().includes(tinyJpeg()));
  assert.equal(refusals.count("connections-of-address"), 0);
});

test("if all connections carry streams, none is evicted, and a new client is told so", async (t) => {
  const { url, refusals, limits } = await serveLimited(t, { maxConnections: 10, isExempt: () => false });
  const streams = Array.from({ length: 5 }, () => ask(t, `${url}/video_feed`));
  for (const stream of streams) assert.equal((await headOf(stream)).status, 200);
  const late = ask(t, `${url}/video_feed`);
  const { status, headers } = await headOf(late);
  assert.deepEqual([status, headers["retry-after"]], [429, "10"]);
  assert.match(String(late.body()), /Too many connections from your address: it may have 5\./);
  await until("it is closed", () => late.ended);
  assert.equal(refusals.count("connections-of-address"), 1);
  streams[0]?.socket.resetAndDestroy();
  await until("one has left", () => limits.connections === 4);
  assert.equal((await headOf(ask(t, `${url}/video_feed`))).status, 200);
});

test("a trusted proxy may have all connections", async (t) => {
  const { url, refusals } = await serveLimited(t, { maxConnections: 10, trust: () => true });
  const streams = Array.from({ length: 10 }, () => ask(t, `${url}/video_feed`));
  for (const stream of streams) assert.equal((await headOf(stream)).status, 200);
  assert.equal((await headOf(ask(t, `${url}/video_feed`))).status, 503);
  assert.equal(refusals.count("connections"), 1);
});

test("this machine may have all connections and viewer slots, unless a limit is set", async (t) => {
  const viewers = new Viewers(10, { perAddress: 2, isThisMachineExempt: true });
  const { url, refusals } = await serveLimited(t, { maxConnections: 10, viewers });
  const streams = Array.from({ length: 10 }, () => ask(t, `${url}/video_feed`));
  for (const stream of streams) assert.equal((await headOf(stream)).status, 200);
  assert.equal((await headOf(ask(t, `${url}/video_feed`))).status, 503);
  assert.equal(refusals.count("connections"), 1);
});

test("an address with too many new connections is cut off for a moment", async (t) => {
  const time = virtualTime(t);
  const { url, refusals } = await serveLimited(t, { arrivals: { perSecond: 10, burst: 10 } });
  const arrive = () => ask(t, `${url}/healthz`, { headers: { Connection: "close" } });
  const answers = Array.from({ length: 50 }, arrive);
  await until("all are closed", () => answers.every(({ ended }) => ended));
  assert.equal(refusals.count("arrivals"), 40);
  await time.advance(99);
  assert.equal((await headOf(arrive())).status, 429);
  await time.advance(1);
  assert.equal((await headOf(arrive())).status, 200);
});

test("one address has its limit of viewer slots, and its streams are not cut off", async (t) => {
  const { url, refusals } = await serveLimited(t, { viewers: new Viewers(100, { perAddress: 3 }) });
  const streams = Array.from({ length: 3 }, () => ask(t, `${url}/video_feed`));
  for (const stream of streams) assert.equal((await headOf(stream)).status, 200);
  const answer = await fetch(`${url}/video_feed`);
  assert.equal(answer.status, 429);
  assert.deepEqual(await answer.json(), {
    error: "Too many viewers from your address: it may have 3. Close some, or try again later.",
  });
  assert.equal(refusals.byStatus.get(429), 1);
  assert.ok(streams.every(({ ended }) => !ended));
  streams[0]?.socket.resetAndDestroy();
  await until("a place is free", async () => (await headOf(ask(t, `${url}/video_feed`))).status === 200);
});

test("message streams have a limit per address and in all", async (t) => {
  const { url, refusals } = await serveLimited(t, { trust: (address) => address === "127.0.0.1" });
  const path = `${url}/api/cameras/test/messages/stream`;
  for (const address of ["10.0.0.1", "10.0.0.2"]) {
    const headers = { "X-Forwarded-For": address };
    const streams = Array.from({ length: 100 }, () => ask(t, path, { headers }));
    for (const stream of streams) assert.equal((await headOf(stream)).status, 200);
    if (address === "10.0.0.1") assert.equal((await fetch(path, { headers })).status, 429);
  }
  const third = ask(t, path, { headers: { "X-Forwarded-For": "10.0.0.3" } });
  assert.equal((await headOf(third)).status, 200);
  assert.equal(refusals.count("message-streams-of-address"), 1);
  assert.equal(refusals.count("message-streams-given-up"), 1);
  assert.equal(refusals.count("message-streams"), 0);
});

test("when two addresses have all viewer slots, a third gets some; equals lose none", async (t) => {
  const trust = (address: string) => address === "127.0.0.1";
  const refusals = new Refusals();
  const viewers = new Viewers(6, { perAddress: 3 }, refusals.reached);
  const { url } = await serveLimited(t, { viewers, trust });
  const watch = (address: string) => ask(t, `${url}/video_feed`, { headers: { "X-Forwarded-For": address } });
  const streams: RawAnswer[] = [];
  for (const address of ["10.0.0.1", "10.0.0.2"]) {
    for (let count = 0; count < 3; count++) {
      const stream = watch(address);
      assert.equal((await headOf(stream)).status, 200);
      streams.push(stream);
    }
  }
  for (let count = 0; count < 2; count++) assert.equal((await headOf(watch("10.0.0.3"))).status, 200);
  await until("the newest of each other has ended", () => streams[2]?.ended === true && streams[5]?.ended === true);
  assert.deepEqual(
    streams.map(({ ended }) => ended),
    [false, false, true, false, false, true],
  );
  for (const address of ["10.0.0.1", "10.0.0.3"]) assert.equal((await headOf(watch(address))).status, 503);
  assert.equal(refusals.count("viewers-given-up"), 2);
  assert.equal(viewers.count("test"), 6);
});

test("an evicted live connection is closed with a reason, and a subscription ends with the same", async (t) => {
  const refusals = new Refusals();
  const viewers = new Viewers(3, { perAddress: 3 }, refusals.reached);
  const { url } = await serveLive(t, [handCamera(t).camera], {
    viewers,
    onLimitReached: refusals.reached,
    gate: new Gate({ trust: (address) => address === "127.0.0.1" }),
  });
  const watch = (address: string) => liveClient(t, url, { headers: { "X-Forwarded-For": address } });
  const clients = [await watch("10.0.0.1"), await watch("10.0.0.1"), await watch("10.0.0.1")] as const;
  for (const id of [1, 2, 3]) clients[0].subscribe("test", { id });
  await until("it has all places", () => viewers.count("test") === 3);
  const other = await watch("10.0.0.2");
  const [code, reason] = await clients[2].closed;
  assert.deepEqual([code, String(reason)], [1013, SLOT_LOST]);
  other.subscribe("test");
  const errors = () => clients[0].said.filter(({ type }) => type === "error");
  await until("it is told so", () => errors().length > 0);
  assert.deepEqual(errors(), [{ type: "error", id: 3, message: SLOT_LOST }]);
  await until("the other watches", () => other.states.length > 0);
  assert.equal(refusals.count("live-connections-given-up"), 1);
  assert.equal(refusals.count("viewers-given-up"), 1);
});

test("when all connections carry streams, the address with the most gives one to another", async (t) => {
  const { url, refusals } = await serveLimited(t, { maxConnections: 4, isExempt: () => true });
  const streams = Array.from({ length: 4 }, () => ask(t, `${url}/video_feed`));
  for (const stream of streams) assert.equal((await headOf(stream)).status, 200);
  assert.equal((await headOf(ask(t, `${url}/video_feed`))).status, 503);
  const from = (localAddress: string) => {
    const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1", localAddress });
    t.after(() => socket.destroy());
    socket.on("error", () => {});
    let said = "";
    socket.on("data", (data) => {
      said += data.toString("latin1");
    });
    socket.write("GET /video_feed HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return () => said;
  };
  for (let count = 0; count < 2; count++) {
    const said = from("127.0.0.2");
    await until("it watches", () => said().startsWith("HTTP/1.1 200"));
  }
  assert.equal(streams.filter(({ ended }) => ended).length, 2);
  const refused = from("127.0.0.2");
  await until("an equal is answered", () => refused() !== "");
  assert.match(refused(), /^HTTP\/1\.1 503/);
  assert.equal(refusals.count("connections-given-up"), 2);
});

test("TLS connections count once, are evicted, and their requests are rejected alike", async (t) => {
  const tlsPem = testCertificate();
  virtualTime(t);
  const { url, plain, limits, refusals } = await serveLimited(t, {
    tlsPem,
    maxConnections: 20,
    maxRequests: 5,
    isExempt: () => false,
  });
  const statuses = [];
  for (let number = 0; number < 7; number++) statuses.push((await get(`${url}/api/cameras`, tlsPem)).status);
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429, 429]);
  await until("all have left", () => limits.connections === 0);
  await openMany(t, plain, 30);
  await until("half of all are left", () => limits.connections === 10);
  assert.equal((await get(`${url}/healthz`, tlsPem)).status, 200);
  assert.equal(refusals.count("requests"), 2);
});
