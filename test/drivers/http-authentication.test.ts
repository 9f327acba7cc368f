import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { http } from "../../src/drivers/http.ts";
import { type DigestCameraOptions, digestCamera } from "../support/cameras/digest-camera.ts";
import { failureOf, openDriver } from "../support/cameras/open-driver.ts";
import { answerOf, fieldOf, type RawAnswer, rawCamera, snapshotOf } from "../support/cameras/raw-camera.ts";
import { until } from "../support/deferred.ts";
import { heavyJpeg } from "../support/images/jpegs.ts";
import { FAKE_FRAMES } from "../support/paths.ts";
import { startApache } from "../support/programs/apache.ts";
import { needs } from "../support/tools.ts";

const JPEG = heavyJpeg(20_000);
const snapshot = snapshotOf(JPEG);
const stream: RawAnswer = (socket) => {
  const part = `--b\r\nContent-Type: image/jpeg\r\n\r\n`;
  socket.write(`HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n`);
  for (let count = 0; count < 4; count++) socket.write(Buffer.concat([Buffer.from(part), JPEG, Buffer.from("\r\n")]));
};
const unauthorized = (...challenges: string[]) =>
  answerOf(`HTTP/1.1 401 No\r\n${challenges.map((text) => `WWW-Authenticate: ${text}\r\n`).join("")}\r\n`);
const withUser = (address: string, user = "admin:s3cret") =>
  `${address.replace("//", `//${user}@`)}/cgi-bin/s.cgi?a=1&b=`;
const authorizations = (requests: readonly string[]) =>
  requests.map((request) => fieldOf(request, "authorization") ?? "none");
/** The schemes of the first requests, such as `none Digest Digest`. */
const schemes = (requests: readonly string[], count: number) =>
  authorizations(requests.slice(0, count))
    .map((text) => text.split(" ")[0])
    .join(" ");

async function take(t: TestContext, answer: RawAnswer, count: number, user?: string) {
  const peer = await rawCamera(t, answer);
  const camera = openDriver(t, http, { address: withUser(peer.address, user), fps: "100" });
  for (let number = 0; number < count; number++) assert.ok((await camera.next()).equals(JPEG));
  await camera.close();
  return peer.requests;
}

const QOP = 'qop="auth"';
const DIGESTS: Record<string, Omit<DigestCameraOptions, "answer">> = {
  MD5: { challenge: (nonce) => [`Digest realm="cam", ${QOP}, nonce="${nonce}", algorithm=MD5, opaque="x"`] },
  "no algorithm": {
    challenge: (nonce) => [`Digest realm="Login to CAM",qop="auth",nonce="${nonce}",opaque="",stale="false"`],
  },
  "no qop, as in RFC 2069": { challenge: (nonce) => [`Digest realm="cam", nonce="${nonce}"`] },
  "an empty qop": { challenge: (nonce) => [`Digest realm="cam", nonce="${nonce}", qop=""`] },
  "auth-int as well": { challenge: (nonce) => [`Digest realm="cam", nonce="${nonce}", qop="auth-int,auth"`] },
  "MD5-sess": {
    challenge: (nonce) => [`Digest realm="cam", ${QOP}, nonce="${nonce}", algorithm="MD5-sess"`],
    isSession: true,
  },
  "SHA-256": {
    challenge: (nonce) => [`Digest realm="cam", ${QOP}, nonce="${nonce}", algorithm=SHA-256`],
    hash: "sha256",
  },
  "SHA-256-sess": {
    challenge: (nonce) => [`Digest realm="cam", ${QOP}, nonce="${nonce}", algorithm=SHA-256-sess`],
    hash: "sha256",
    isSession: true,
  },
  "SHA-256 behind MD5, and Basic": {
    challenge: (nonce) => [
      'Basic realm="cam"',
      `Digest realm="cam", ${QOP}, nonce="${nonce}", algorithm=MD5`,
      `Digest realm="cam", ${QOP}, nonce="${nonce}", algorithm=SHA-256`,
    ],
    hash: "sha256",
  },
  "all challenges in one line": {
    challenge: (nonce) => [`Basic realm="cam", Digest realm="cam", ${QOP}, nonce="${nonce}", Foo bar="x"`],
  },
  "no quotes": { challenge: (nonce) => [`digest Realm=the cam, Nonce=${nonce}, QOP=auth, Algorithm=md5`] },
  "quotes and backslashes in its realm": {
    challenge: (nonce) => [`Digest realm="a \\"b\\" \\\\", ${QOP}, nonce="${nonce}"`],
  },
  "a realm of any bytes": {
    challenge: (nonce) => [`Digest realm="\xb5\xc7\xc2\xbc \xe7\x99\xbb", ${QOP}, nonce="${nonce}"`],
  },
  "an algorithm that nobody knows beside it": {
    challenge: (nonce) => [
      `Digest realm="cam", ${QOP}, nonce="${nonce}", algorithm=SHA-3`,
      `Digest realm="cam", ${QOP}, nonce="${nonce}", algorithm=MD5`,
    ],
  },
};

describe("Digest authentication is answered, and then sent with each request, for", { concurrency: 8 }, () => {
  for (const [name, options] of Object.entries(DIGESTS)) {
    test(name, async (t) => {
      const requests = await take(t, digestCamera({ ...options, answer: snapshot }), 4);
      assert.equal(schemes(requests, 5), "none Digest Digest Digest Digest");
    });
  }
});

test("a stream behind Digest authentication is shown", async (t) => {
  const camera = digestCamera({ ...(DIGESTS["MD5"] as DigestCameraOptions), answer: stream });
  const peer = await rawCamera(t, camera);
  const { next } = openDriver(t, http, { address: withUser(peer.address) });
  for (let count = 0; count < 4; count++) assert.ok((await next()).equals(JPEG));
  assert.equal(peer.requests.length, 2);
});

test("a user and password in UTF-8 are sent as such", async (t) => {
  const given = { user: "jö", password: "pä:ß" };
  const camera = digestCamera({ ...(DIGESTS["SHA-256"] as DigestCameraOptions), ...given, answer: snapshot });
  await take(t, camera, 2, `${encodeURIComponent(given.user)}:${encodeURIComponent(given.password)}`);
});

test("a camera behind Apache's own Digest authentication is polled on and on, over the end of its nonces", {
  skip: needs("apache2", "apache2-bin"),
}, async (t) => {
  const given = { user: "admin", password: "s3cret" };
  const apache = await startApache(t, { ...given, picture: FAKE_FRAMES[0] as string });
  const camera = openDriver(t, http, { address: `//admin:s3cret@127.0.0.1:${apache.port}/picture.jpg`, fps: "5" });
  for (let count = 0; count < 8; count++) await camera.next();
  assert.deepEqual(camera.dropped, []);
  await until("all requests are logged", () => apache.requests().length >= 9);
  assert.deepEqual(apache.requests().slice(0, 3), ["401 -", "200 Digest", "200 Digest"]);
});

test("a stale nonce is replaced without a failure", async (t) => {
  for (const stale of [", stale=true", ', stale="TRUE"', ""]) {
    const challenge = (nonce: string) => [`Digest realm="cam", ${QOP}, nonce="${nonce}"${stale}`];
    const requests = await take(t, digestCamera({ challenge, uses: 2, answer: snapshot }), 4);
    // The third is refused, for its nonce.
    assert.equal(schemes(requests, 6), "none Digest Digest Digest Digest Digest");
    assert.equal(requests.length, 6);
  }
});

test("a nonce that is good for one request is no obstacle", async (t) => {
  const challenge = (nonce: string) => [`Digest realm="cam", ${QOP}, nonce="${nonce}", stale=true`];
  const requests = await take(t, digestCamera({ challenge, uses: 1, answer: snapshot }), 3);
  assert.equal(requests.length, 6);
});

test("a camera that names the next nonce is sent that", async (t) => {
  const nonces = new Set<string>();
  const requests = await take(
    t,
    (socket, request, number) => {
      const given = /nonce="(.*?)".*nc=(\d+)/.exec(fieldOf(request, "authorization") ?? "");
      if (given === null) return unauthorized(`Digest realm="cam", ${QOP}, nonce="first"`)(socket, request, number);
      assert.equal(given[2], "00000001");
      nonces.add(given[1] as string);
      snapshotOf(JPEG, `Authentication-Info: qop=auth, nextnonce="after ${number}"`)(socket, request, number);
    },
    3,
  );
  assert.deepEqual([...nonces], ["first", "after 2", "after 3"]);
  assert.equal(requests.length, 4);
});

test("a wrong password is tried once, and its refusal reported", async (t) => {
  const camera = digestCamera({ ...(DIGESTS["MD5"] as DigestCameraOptions), password: "other", answer: snapshot });
  const peer = await rawCamera(t, camera);
  assert.match(
    await failureOf(t, http, { address: withUser(peer.address) }),
    /^127\.0\.0\.1:\d+ refuses the user and password in the URL$/,
  );
  assert.equal(schemes(peer.requests, 9), "none Digest");
});

test("a camera that calls every nonce stale is given up", async (t) => {
  const peer = await rawCamera(t, unauthorized(`Digest realm="cam", ${QOP}, nonce="x", stale=true`));
  await failureOf(t, http, { address: withUser(peer.address) });
  assert.equal(peer.requests.length, 3);
});

test("a camera that asks for Digest never sees the password itself", async (t) => {
  const camera = digestCamera({
    ...(DIGESTS["SHA-256 behind MD5, and Basic"] as DigestCameraOptions),
    answer: snapshot,
  });
  for (const request of await take(t, camera, 2)) assert.doesNotMatch(request, /Basic|s3cret/);
});

test("Basic authentication is sent once it is asked for, and then with each request", async (t) => {
  const camera: RawAnswer = (socket, request, number) => {
    const answer =
      fieldOf(request, "authorization") === `Basic ${btoa("admin:s3cret")}` ? snapshot : unauthorized("Basic realm=x");
    answer(socket, request, number);
  };
  assert.equal(schemes(await take(t, camera, 3), 4), "none Basic Basic Basic");
});

for (const [name, refuse] of Object.entries({
  "401 without a challenge": unauthorized(),
  "401 with an empty challenge": unauthorized(""),
  "403": answerOf("HTTP/1.1 403 Forbidden\r\n\r\n"),
  "a page to log in at": answerOf("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<form>"),
})) {
  test(`a camera that answers with ${name} is sent the password by Basic authentication`, async (t) => {
    const camera: RawAnswer = (socket, request, number) => {
      const answer = fieldOf(request, "authorization") === `Basic ${btoa("admin:s3cret")}` ? snapshot : refuse;
      answer(socket, request, number);
    };
    assert.equal(schemes(await take(t, camera, 2), 3), "none Basic Basic");
    const peer = await rawCamera(t, refuse);
    const failure = await failureOf(t, http, { address: withUser(peer.address) });
    assert.match(failure, / (refuses the user|answered 403|answered with text)/);
    assert.equal(schemes(peer.requests, 9), "none Basic");
  });
}

test("an unknown authentication scheme is named, and no password is sent", async (t) => {
  for (const [challenge, name] of [
    ["NTLM", "ntlm"],
    ['Digest realm="x", nonce="y", qop="auth-int"', "digest \\(qop=auth-int\\)"],
    ['Digest realm="x", nonce="y", algorithm=SHA-384', "digest \\(algorithm=SHA-384\\)"],
    ["Negotiate \x1b[31m", String.raw`negotiate, \\u001b\[31m`],
  ] as const) {
    const peer = await rawCamera(t, unauthorized(challenge));
    const message = await failureOf(t, http, { address: withUser(peer.address) });
    assert.match(
      message,
      new RegExp(
        ` asks for authentication by ${name}; only Basic and Digest \\(MD5 or SHA-256, qop=auth\\) are supported$`,
      ),
    );
    assert.equal(schemes(peer.requests, 9), "none");
  }
});

test("the error of a camera that asks for a missing password says where to write it", async (t) => {
  const peer = await rawCamera(t, unauthorized(`Digest realm="cam", nonce="x"`));
  const message = await failureOf(t, http, { address: peer.address });
  assert.match(message, / asks for a user and password\. Add them to the URL as user:password@\.$/);
});

test("cookies are kept along redirects and between polls", async (t) => {
  const camera: RawAnswer = (socket, request, number) => {
    const isKnown = /b=2/.test(fieldOf(request, "cookie") ?? "");
    const fields = "Set-Cookie: SESSION=abc==; path=/; HttpOnly\r\nSet-Cookie: b=2\r\n";
    const redirect = answerOf(`HTTP/1.1 302 Found\r\n${fields}Location: ?again\r\nContent-Length: 0\r\n\r\n`);
    (isKnown ? snapshot : redirect)(socket, request, number);
  };
  const requests = await take(t, camera, 3);
  assert.deepEqual(
    requests.map((request) => fieldOf(request, "cookie")),
    [undefined, ...Array.from({ length: 3 }, () => "b=2; SESSION=abc==").map((cookie) => cookie)],
  );
});

test("a camera that refuses the first request, and sets a cookie, is asked again with it", async (t) => {
  for (const status of ["403 Forbidden", "401 No", "200 OK\r\nContent-Type: text/html"]) {
    const refuse = answerOf(`HTTP/1.1 ${status}\r\nSet-Cookie: a=1\r\n\r\n<html>`);
    const requests = await take(
      t,
      (socket, request, number) => (fieldOf(request, "cookie") === "a=1" ? snapshot : refuse)(socket, request, number),
      2,
    );
    assert.deepEqual([requests.length >= 3, schemes(requests, 3)], [true, "none none none"]);
    const peer = await rawCamera(t, refuse);
    await failureOf(t, http, { address: peer.address });
    assert.equal(peer.requests.length, 2, "once");
  }
});

test("cookies go to the host that set them alone", async (t) => {
  const other = await rawCamera(t, snapshot);
  const camera = await rawCamera(
    t,
    answerOf(
      `HTTP/1.1 302 Found\r\nSet-Cookie: a=1; Domain=localhost\r\nLocation: http://localhost:${other.port}/\r\n\r\n`,
    ),
  );
  const { next } = openDriver(t, http, { address: camera.address });
  await next();
  await until("it was asked", () => other.requests.length > 0);
  assert.equal(fieldOf(other.requests[0] as string, "cookie"), undefined);
});
