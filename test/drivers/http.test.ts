import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { http, https } from "../../src/drivers/http.ts";
import { SetupError } from "../../src/util/errors.ts";
import { handCamera } from "../support/cameras/hand-camera.ts";
import { failureOf, openDriver } from "../support/cameras/open-driver.ts";
import { until } from "../support/deferred.ts";
import { FAKE_FRAMES } from "../support/paths.ts";
import { startUpstream, type Upstream } from "../support/peers/upstream.ts";
import { listen, serve } from "../support/serve.ts";
import { needs } from "../support/tools.ts";

const skip = needs("python3");
const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);
const needsIpv6 = hasIpv6 ? false : "needs IPv6";
const pictures = FAKE_FRAMES.map((path) => readFileSync(path));
/**
 * Not in ASCII, and with every character that means something in a URL. As
 * upstream.py expects them.
 */
const [user, password] = ["jo e", "p@ss:w/rd#%é"].map((text) => encodeURIComponent(text)) as [string, string];

let upstream: Upstream;
before(async () => {
  if (!skip) upstream = await startUpstream();
});
after(() => upstream?.close());

const at = (path: string, query: Record<string, string> = {}) =>
  `${upstream.address}${path}?${new URLSearchParams(query)}`;
/** `//user:password@host…` of an address. */
const withPassword = (address: string) => address.replace("//", `//${user}:${password}@`);
/** What the upstream was asked with the query's `id`, once it was asked `count` times. */
const asked = (id: string, count: number) =>
  until(`${count} requests are told`, () => {
    const requests = upstream.requests.filter((request) => request.id === id);
    return requests.length >= count ? requests : undefined;
  });

/** The three pictures, `count` in turn. */
const inTurn = (count: number) => Array.from({ length: count }, (_, index) => pictures[index % 3] as Buffer);

function assertSame(received: readonly Buffer[], expected: readonly Buffer[]): void {
  const numbers = received.map((picture) => pictures.findIndex((other) => other.equals(picture)));
  assert.deepEqual(
    numbers,
    expected.map((picture) => pictures.findIndex((other) => other.equals(picture))),
  );
}

const STYLES = {
  plain: "a plain boundary and lengths",
  quoted: "a quoted boundary",
  dashed: "a boundary that starts with dashes, quoted",
  boundary_with_dashes: "a boundary announced with the dashes that belong before it",
  no_length: "no lengths",
  lf: "lines that end in LF alone",
  lf_no_length: "LF alone and no lengths",
  no_first_boundary: "no boundary before the first picture",
  preamble: "text and stray markers before the first boundary",
  odd: "pieces that cut boundaries, headers and pictures anywhere",
  chunked: "chunked encoding",
  http_1_0: "HTTP/1.0",
  shouted: "a type in capitals",
  octets: "a type that says nothing",
  no_type: "no type at all",
  bare: "pictures laid end to end, nothing between them",
};

for (const [style, words] of Object.entries(STYLES)) {
  test(`a stream with ${words} gives its frames bit for bit`, { skip }, async (t) => {
    const camera = openDriver(t, http, { address: at("/stream", { style, count: "6" }) });
    const { pictures: received, failure } = await camera.untilFailure();
    assertSame(received, inTurn(6));
    assert.deepEqual(camera.dropped, []);
    assert.match(failure.message, /^127\.0\.0\.1:\d+ ended the stream$/);
  });
}

test("a frame over the size limit is skipped and counted, and the next ones come", { skip }, async (t) => {
  const camera = openDriver(t, http, { address: at("/stream", { style: "oversize", count: "4" }) });
  assertSame((await camera.untilFailure()).pictures, [pictures[0], pictures[2], pictures[0]] as Buffer[]);
  assert.equal(camera.dropped.length, 1);
  assert.match(camera.dropped[0] as string, /over the limit/);
});

test("a frame that was sent by half is skipped and counted, and the next ones come", { skip }, async (t) => {
  const camera = openDriver(t, http, { address: at("/stream", { style: "half", count: "4" }) });
  assertSame((await camera.untilFailure()).pictures, [pictures[0], pictures[2], pictures[0]] as Buffer[]);
  assert.equal(camera.dropped.length, 1);
});

test("fps thins a stream", { skip }, async (t) => {
  const camera = openDriver(t, http, { address: at("/stream", { fps: "100" }), fps: "10" });
  for (let count = 0; count < 2; count++) await camera.next();
  const startedAt = performance.now();
  for (let count = 0; count < 5; count++) await camera.next();
  assert.ok(performance.now() - startedAt > 400, "five intervals of 100 ms, less a quarter of one");
});

test("a stream is asked for once, as programs ask and not as browsers do", { skip }, async (t) => {
  const accepts: string[] = [];
  const server = createHttpServer((request, response) => {
    accepts.push(request.headers.accept ?? "");
    response.writeHead(200, { "Content-Type": "multipart/x-mixed-replace; boundary=x" });
    for (const picture of pictures) response.write(picture);
  });
  const camera = openDriver(t, http, { address: (await listen(t, server)).replace("http:", "") });
  for (let count = 0; count < 3; count++) await camera.next();
  assert.equal(accepts.length, 1);
  assert.equal(accepts[0], "*/*");
});

test("a snapshot is asked for again and again, fps times a second", { skip }, async (t) => {
  const camera = openDriver(t, http, { address: at("/snapshot", { id: "polled" }), fps: "20" });
  const received: Buffer[] = [];
  for (let taken = 0; taken < 6; taken++) received.push(await camera.next());
  await camera.close();
  const first = pictures.findIndex((picture) => picture.equals(received[0] as Buffer));
  assertSame(received, inTurn(first + 6).slice(first));
  const times = (await asked("polled", 6)).map((request) => request.at);
  assert.equal(times.length, 6);
  assert.ok((times[5] as number) - (times[0] as number) > 200, `asked at ${times}`);
});

test("a snapshot is asked for once a second where fps does not say", { skip }, async (t) => {
  const camera = openDriver(t, http, { address: at("/snapshot", { id: "once a second" }) });
  await camera.next();
  await camera.next();
  const [first, second] = await asked("once a second", 2);
  assert.ok(first && second && second.at - first.at > 900);
});

test("a snapshot's type may be in capitals and have parameters", { skip }, async (t) => {
  const camera = openDriver(t, http, { address: at("/snapshot", { type: "Image/JPEG; charset=x" }), fps: "50" });
  for (let taken = 0; taken < 3; taken++) await camera.next();
});

test("a PNG snapshot is converted", { skip }, async (t) => {
  const camera = openDriver(t, http, { address: at("/snapshot.png") });
  const image = sharp(await camera.next());
  const { format, width, height } = await image.metadata();
  assert.deepEqual({ format, width, height }, { format: "jpeg", width: 64, height: 48 });
  const [red, green, blue] = await image.raw().toBuffer();
  assert.ok(red !== undefined && red > 240, `red is ${red}`);
  assert.ok((green as number) < 20 && (blue as number) < 20, `green ${green}, blue ${blue}`);
});

test("a snapshot without end is given up at the size limit", { skip }, async (t) => {
  assert.match(
    await failureOf(t, http, { address: at("/endless-snapshot") }),
    /^127\.0\.0\.1:\d+ .*image over \d+ bytes$/,
  );
});

test("a user and password in the URL are sent as basic authentication, percent-decoded", { skip }, async (t) => {
  const camera = openDriver(t, http, { address: withPassword(at("/guarded/stream")) });
  assertSame([await camera.next()], inTurn(1));
});

test("a password with a bare percent sign is sent as it is", { skip }, async (t) => {
  const address = at("/guarded/stream", { id: "percent" }).replace("//", "//joe:50%@");
  await failureOf(t, http, { address });
  const [, second] = await asked("percent", 2);
  assert.equal(second?.authorization, `Basic ${Buffer.from("joe:50%").toString("base64")}`);
});

test("the error of an upstream that wants a password says where to write it", { skip }, async (t) => {
  const message = await failureOf(t, http, { address: at("/guarded/stream") });
  assert.match(message, /^127\.0\.0\.1:\d+ asks for a user and password\. Add them to the URL as user:password@\.$/);
});

test("the error of a refused password does not show it", { skip }, async (t) => {
  const message = await failureOf(t, http, { address: at("/guarded/stream").replace("//", "//joe:wrong@") });
  assert.match(message, /^127\.0\.0\.1:\d+ refuses the user and password/);
  assert.doesNotMatch(message, /wrong/);
});

test("a redirect is followed, and keeps the password on the same origin", { skip }, async (t) => {
  const camera = openDriver(t, http, {
    address: withPassword(at("/redirect", { id: "same", to: "/guarded/stream?id=same" })),
  });
  assertSame([await camera.next()], inTurn(1));
  const requests = await asked("same", 3);
  assert.deepEqual(
    requests.map(({ path, authorization }) => [path, authorization !== ""]),
    [
      ["/redirect", false],
      ["/guarded/stream", false],
      ["/guarded/stream", true],
    ],
  );
});

test("a redirect to another origin is followed without the password, and the error says so", {
  skip,
}, async (t) => {
  const to = (path: string) => `http:${upstream.otherAddress}${path}?id=other`;
  const camera = openDriver(t, http, { address: withPassword(at("/redirect", { id: "other", to: to("/stream") })) });
  assertSame([await camera.next()], inTurn(1));
  const guarded = withPassword(at("/redirect", { id: "other", to: to("/guarded/stream") }));
  assert.match(
    await failureOf(t, http, { address: guarded }),
    /^127\.0\.0\.1:\d+ \(redirected to http:\/\/127\.0\.0\.1:\d+\) asks for a user and password, which redirects/,
  );
  const requests = await asked("other", 4);
  assert.equal(new Set(requests.map(({ port }) => port)).size, 2);
  assert.ok(requests.every(({ authorization }) => authorization === ""));
});

test("redirects without end are one plain sentence", { skip }, async (t) => {
  assert.match(await failureOf(t, http, { address: at("/loop") }), /^127\.0\.0\.1:\d+: redirected more than 20 times$/);
});

test("an answer without frames is one plain sentence that names the host and the status or the type", {
  skip,
}, async (t) => {
  const answers: [Record<string, string>, RegExp][] = [
    [{ status: "404 Not Found", type: "text/html" }, /^127\.0\.0\.1:\d+ answered 404 Not Found$/],
    [{ status: "500 Internal Server Error" }, /^127\.0\.0\.1:\d+ answered 500 Internal Server Error$/],
    [{ status: "503 ", type: "image/jpeg" }, /^127\.0\.0\.1:\d+ answered 503$/],
    [
      { status: "200 OK", type: "text/html; charset=utf-8", body: "<html>" },
      /^127\.0\.0\.1:\d+ answered with text\/html; charset=utf-8, not an image$/,
    ],
    [
      { status: "200 OK", type: "Application/JSON", body: "{}" },
      /^127\.0\.0\.1:\d+ answered with Application\/JSON, not an image$/i,
    ],
    [{ status: "200 OK", type: "image/jpeg", body: "no JPEG" }, /^127\.0\.0\.1:\d+ .*it is no JPEG, PNG/],
    [{ status: "200 OK", type: "image/jpeg" }, /^127\.0\.0\.1:\d+ /],
    [
      { status: "200 OK", type: "multipart/x-mixed-replace; boundary=x", body: "--x\r\n" },
      /^127\.0\.0\.1:\d+ ended the stream$/,
    ],
    [{ status: "204 No Content" }, /^127\.0\.0\.1:\d+ /],
  ];
  for (const [query, expected] of answers) {
    assert.match(await failureOf(t, http, { address: at("/answer", query) }), expected, JSON.stringify(query));
  }
});

test("an answer that is no HTTP is a failure that names the host", { skip }, async (t) => {
  assert.match(
    await failureOf(t, http, { address: at("/raw", { bytes: "SSH-2.0-OpenSSH_9.2\r\n" }) }),
    /^127\.0\.0\.1:\d+ sent an answer that is not HTTP$/,
  );
  assert.match(
    await failureOf(t, http, { address: at("/raw", { bytes: "" }) }),
    /^127\.0\.0\.1:\d+ closed the connection without an answer$/,
  );
});

test("a refused connection names the host and the reason, and no password", async (t) => {
  const message = await failureOf(t, http, { address: `//joe:secret@127.0.0.1:${await closedPort()}/stream` });
  assert.match(message, /^127\.0\.0\.1:\d+: nothing listens there \(ECONNREFUSED\)$/);
  assert.doesNotMatch(message, /joe|secret/);
});

test("a host of several addresses that all refuse is one plain sentence too", async (t) => {
  const message = await failureOf(t, http, { address: `//localhost:${await closedPort()}/stream` });
  assert.match(message, /^localhost:\d+: nothing listens there \(ECONNREFUSED\)$/);
});

test("a camera at an IPv6 address is shown, and asked by that", { skip: needsIpv6 }, async (t) => {
  const hosts: unknown[] = [];
  const server = createHttpServer((request, response) => {
    hosts.push(request.headers.host);
    response.end(pictures[0]);
  });
  await new Promise<void>((resolve) => server.listen(0, "::1", resolve));
  t.after(() => server.close());
  const host = `[::1]:${(server.address() as { port: number }).port}`;
  assertSame([await openDriver(t, http, { address: `//${host}/` }).next()], inTurn(1));
  assert.deepEqual(hosts, [host]);
});

test("an unknown host is named", async (t) => {
  assert.match(
    await failureOf(t, http, { address: "//no-such-camera.invalid/stream" }),
    /^no-such-camera\.invalid: .*(ENOTFOUND|EAI_AGAIN)/,
  );
});

test("an upstream that accepts and never answers fails after ten seconds, and is hung up on", async (t) => {
  let [asked, hungUp] = [false, false];
  const server = createHttpServer((request) => {
    asked = true;
    request.socket.on("close", () => (hungUp = true));
  });
  const address = (await listen(t, server)).replace("http:", "");
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const failure = failureOf(t, http, { address });
  await turnsUntil(() => asked);
  t.mock.timers.tick(9999);
  assert.equal(await Promise.race([failure, turns(20)]), undefined);
  t.mock.timers.tick(1);
  assert.match(await failure, /^127\.0\.0\.1:\d+ did not answer in 10 s$/);
  t.mock.timers.reset();
  await until("it is hung up on", () => hungUp);
});

test("a snapshot that starts and never ends fails after ten seconds", async (t) => {
  let asked = false;
  const server = createHttpServer((_request, response) => {
    asked = true;
    response.writeHead(200, { "Content-Type": "image/jpeg", "Content-Length": 5000 }).write("half");
  });
  const address = (await listen(t, server)).replace("http:", "");
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const failure = failureOf(t, http, { address });
  await turnsUntil(() => asked);
  await turns(50);
  t.mock.timers.tick(10_000);
  assert.match(await failure, /^127\.0\.0\.1:\d+ did not answer in 10 s$/);
});

test("a stream that began may be silent for longer than an answer may take", async (t) => {
  let send = () => {};
  const server = createHttpServer((_request, response) => {
    response.writeHead(200, { "Content-Type": "multipart/x-mixed-replace; boundary=x" }).write(pictures[0]);
    send = () => response.write(pictures[1]);
  });
  const address = (await listen(t, server)).replace("http:", "");
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const camera = openDriver(t, http, { address });
  await camera.next();
  t.mock.timers.tick(60_000);
  send();
  assertSame([await camera.next()], [pictures[1] as Buffer]);
});

test("an upstream that hangs up in the middle of a frame is a failure", async (t) => {
  const server = createHttpServer((request, response) => {
    response.writeHead(200, { "Content-Type": "multipart/x-mixed-replace; boundary=x", "Content-Length": 1e9 });
    const bytes = Buffer.concat([...pictures.slice(0, 2), (pictures[2] as Buffer).subarray(0, 1000)]);
    response.write(bytes, () => request.socket.end());
  });
  const camera = openDriver(t, http, { address: (await listen(t, server)).replace("http:", "") });
  const { pictures: received, failure } = await camera.untilFailure();
  assertSame(received, inTurn(2));
  assert.match(failure.message, /^127\.0\.0\.1:\d+/);
});

test("closing it hangs up on the upstream, and is no failure", async (t) => {
  let hungUp = false;
  const server = createHttpServer((request, response) => {
    request.socket.on("close", () => (hungUp = true));
    response.writeHead(200, { "Content-Type": "multipart/x-mixed-replace; boundary=x" }).write(pictures[0]);
  });
  const camera = openDriver(t, http, { address: (await listen(t, server)).replace("http:", "") });
  await camera.next();
  await camera.close();
  await until("it is hung up on", () => hungUp);
});

test("an address that makes no URL is refused at the start", async () => {
  for (const [driver, address] of [
    [http, "//"],
    [http, "//camera:port/"],
    [https, "// /stream"],
  ] as const) {
    await assert.rejects(driver.check?.(https.options.parse({ address })) as Promise<void>, (error) => {
      assert.ok(error instanceof SetupError && error.exitCode === 2);
      assert.ok(
        error.message.includes(JSON.stringify(`${driver === http ? "http" : "https"}:${address}`)),
        error.message,
      );
      return true;
    });
  }
  await http.check?.(http.options.parse({ address: "//camera/stream?a=b" }));
});

/** A port nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Lets `count` turns of the event loop pass: timers may be mocked. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function turnsUntil(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, "it was never asked");
    await turns(1);
  }
}

test("the placeholder that another stillstream sends as a snapshot is no frame", async (t) => {
  const hand = handCamera(t);
  const url = await serve(t, { cameras: [hand.camera], snapshotTimeoutMs: 50 });
  const address = `${url.slice("http:".length)}/snapshot.jpg`;
  const context = { signal: new AbortController().signal, dropped() {} };
  const pictures = http.open(http.options.parse({ address }), context);
  await assert.rejects(
    pictures[Symbol.asyncIterator]().next(),
    /^Error: 127\.0\.0\.1:\d+ has no frame of its camera now$/,
  );
});
