import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { MULTIPART_TYPE } from "../../src/http/streaming/multipart.ts";
import type { TestAppOptions } from "../support/app.ts";
import { handCamera } from "../support/cameras/hand-camera.ts";
import { until } from "../support/deferred.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { serve, testCamera } from "../support/serve.ts";
import { ACCEPT, ask, bodyOf, headOf, send } from "../support/sockets/raw-http.ts";

/** Serves cameras `door` and `yard`, whose frames have their names. */
async function serveTwo(t: TestContext, parts: Partial<TestAppOptions> = {}): Promise<string> {
  const camera = (name: string) =>
    testCamera(t, {
      name,
      title: name.toUpperCase(),
      async *open({ signal }) {
        while (!signal.aborted) {
          yield tinyJpeg({ label: `this is ${name}` });
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
    });
  return serve(t, { cameras: [camera("door"), camera("yard")], ...parts });
}

async function errorOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: string }).error;
}

const STREAMS: Record<string, "door" | "yard"> = {
  "/video_feed": "door",
  "/video_feed?t=1608&_": "door",
  "/cameras/door/video_feed": "door",
  "/cameras/yard/video_feed?1608": "yard",
  "/stream": "door",
  "/stream?1608": "door",
  "/stream.mjpg": "door",
  "/stream.mjpg?x=%ZZ": "door",
  "/?action=stream": "door",
  "/?action=stream&1608": "door",
  "/?action=stream?x": "door",
  "/?action=stream_0": "door",
  "/?action=stream_1": "yard",
  "/?action=stream_1&1608": "yard",
  "/?action=stream_1?x": "yard",
  "/api/stream.mjpeg": "door",
  "/api/stream.mjpeg?src=yard": "yard",
  "/api/stream.mjpeg?x=1&src=yard&y": "yard",
  "/api/stream.mjpeg?src": "door",
  // Phone keyboards capitalize the first word.
  "/Video_feed": "door",
  "/Cameras/Yard/Video_Feed": "yard",
  "/API/stream.mjpeg?src=YARD": "yard",
};

for (const [path, name] of Object.entries(STREAMS)) {
  test(`${path} streams ${name}`, async (t) => {
    const answer = ask(t, (await serveTwo(t)) + path);
    const { status, headers } = await headOf(answer);
    assert.equal(status, 200);
    assert.equal(headers["content-type"], MULTIPART_TYPE);
    await until("a picture has come", () => answer.body().includes(`this is ${name}`));
  });
}

const SNAPSHOTS: Record<string, "door" | "yard"> = {
  "/snapshot.jpg": "door",
  "/snapshot.jpg?1608": "door",
  "/cameras/yard/snapshot.jpg": "yard",
  "/snapshot": "door",
  "/snapshot?t=5&max-age": "door",
  "/?action=snapshot": "door",
  "/?action=snapshot&1608": "door",
  "/?action=snapshot_1": "yard",
  "/?action=snapshot_1?x": "yard",
  "/api/frame.jpeg": "door",
  "/api/frame.jpeg?src=yard": "yard",
};

for (const [path, name] of Object.entries(SNAPSHOTS)) {
  test(`${path} is one picture of ${name}`, async (t) => {
    const response = await fetch((await serveTwo(t)) + path);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "image/jpeg");
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), tinyJpeg({ label: `this is ${name}` }));
  });
}

test("other actions, and an action that is not first in the query, show the page", async (t) => {
  const url = await serveTwo(t);
  for (const query of ["action=command", "x=1&action=stream", "Action=stream"]) {
    const response = await fetch(`${url}/?${query}`);
    assert.match(response.headers.get("content-type") ?? "", /^text\/html/, query);
    await response.text();
  }
});

test("an unknown camera is answered 404 with the list of cameras", async (t) => {
  const url = await serveTwo(t);
  const paths = ["/cameras/attic", "/cameras/attic/video_feed", "/cameras/attic/snapshot.jpg", "/api/cameras/attic"];
  for (const path of [...paths, "/api/stream.mjpeg?src=attic", "/api/frame.jpeg?src=attic"]) {
    const response = await fetch(url + path);
    assert.equal(response.status, 404, path);
    assert.equal(await errorOf(response), 'Camera "attic" not found. Cameras: door, yard.');
  }
  for (const path of ["/?action=stream_2", "/?action=snapshot_2"]) {
    const response = await fetch(url + path);
    assert.equal(response.status, 404, path);
    assert.equal(await errorOf(response), "Camera number 2 not found. Numbers run from 0 to 1.");
  }
});

test("names of object properties are unknown cameras", async (t) => {
  const url = await serveTwo(t);
  for (const name of ["constructor", "__proto__", "toString"]) {
    assert.equal((await fetch(`${url}/cameras/${name}/snapshot.jpg`)).status, 404, name);
    assert.equal((await fetch(`${url}/api/frame.jpeg?src=${name}`)).status, 404, name);
  }
});

for (const [query, sentence] of [
  ["width=0", 'width must be a whole number from 1 to 65535, got "0".'],
  ["width=abc", 'width must be a whole number from 1 to 65535, got "abc".'],
  ["width=-1", 'width must be a whole number from 1 to 65535, got "-1".'],
  ["width=1&width=1", 'width must be a whole number from 1 to 65535, got ["1","1"].'],
  ["height=1.5", 'height must be a whole number from 1 to 65535, got "1.5".'],
  ["quality=101", 'quality must be a whole number from 1 to 100, got "101".'],
  ["rotate=45", 'rotate must be one of 0, 90, 180, 270, got "45".'],
  ["flip=x", 'flip must be one of h, v, hv, got "x".'],
  [
    "crop=0,0,2,1",
    'crop must be x,y,width,height, each a part of 1 such as 0.25,0,0.5,1, and inside the frame, got "0,0,2,1".',
  ],
  ["gray=maybe", 'gray must be true or false, got "maybe".'],
  ["gray&gray", 'gray must be true or false, got ["",""].'],
  ["fps=0", 'fps must be a number above 0 and up to 1000, got "0".'],
  [
    "width=0&fps=x&height=9",
    'width must be a whole number from 1 to 65535, got "0"; fps must be a number above 0 and up to 1000, got "x".',
  ],
] as const) {
  test(`?${query} is answered 400 with the rule, by all URLs of streams and snapshots`, async (t) => {
    const hand = handCamera(t);
    const url = await serve(t, { cameras: [hand.camera] });
    for (const path of ["/video_feed?", "/snapshot.jpg?", "/?action=stream&", "/?action=snapshot&", "/stream.mjpg?"]) {
      const response = await fetch(url + path + query);
      assert.equal(response.status, 400, path);
      assert.equal(await errorOf(response), sentence);
    }
    for (const path of ["/api/frame.jpeg?src=test&", "/api/stream.mjpeg?src=test&"]) {
      assert.equal((await fetch(url + path + query, { method: "HEAD" })).status, 400, path);
    }
    assert.equal(hand.opened, 0);
  });
}

test("empty and unknown parameters are ignored", async (t) => {
  const url = await serveTwo(t);
  const response = await fetch(`${url}/snapshot.jpg?width&height=&quality&rotate&flip&crop&fps&color=red&1608`);
  assert.equal(response.status, 200);
  await response.arrayBuffer();
});

test("an error is HTML for a browser that navigates, JSON for other clients, and readable from other origins", async (t) => {
  const url = await serveTwo(t);
  for (const path of ["/nowhere", "/cameras/attic/video_feed", "/video_feed?width=0", "/snapshot.jpg?max-age=x"]) {
    for (const [kind, accept] of Object.entries(ACCEPT)) {
      const response = await fetch(url + path, { headers: { Accept: accept } });
      const type = response.headers.get("content-type") ?? "";
      const isPage = kind === "navigation" || kind === "java";
      assert.match(type, isPage ? /^text\/html/ : /^application\/json/, `${path} ${kind}`);
      assert.equal(response.headers.get("access-control-allow-origin"), "*");
      assert.equal(response.headers.get("cross-origin-resource-policy"), "cross-origin");
      assert.match(response.headers.get("cache-control") ?? "", /^no-store/);
      assert.match(response.headers.get("vary") ?? "", /Accept/);
      const text = await response.text();
      if (!isPage) assert.deepEqual(Object.keys(JSON.parse(text) as object), ["error"]);
      assert.doesNotMatch(text, /^\s*at /m);
    }
  }
});

test("an error page escapes the requested path", async (t) => {
  const url = await serveTwo(t);
  const answer = ask(t, `${url}/cameras/%3Cscript%3Ealert(1)`, {
    headers: { Accept: ACCEPT.navigation, Connection: "close" },
  });
  await until("the page has come", () => answer.ended);
  assert.match(answer.body().toString(), /Camera &#34;&lt;script&gt;alert\(1\)/);
  assert.doesNotMatch(answer.body().toString(), /<script>alert/);
});

for (const path of ["/cameras/%E0%A4%A", "/cameras/%/video_feed", "/api/cameras/%ff", "/cameras/%zz/snapshot.jpg"]) {
  test(`the malformed ${path} is answered 400 in one sentence, and is not logged as an error`, async (t) => {
    const errors: unknown[] = [];
    const url = await serveTwo(t, { onError: (error) => errors.push(error) });
    const answer = ask(t, url + path, { headers: { Connection: "close" } });
    const { status, headers } = await headOf(answer);
    await until("all of it has come", () => answer.ended);
    assert.equal(status, 400);
    assert.equal(headers["access-control-allow-origin"], "*");
    assert.equal(answer.body().toString(), '{"error":"Bad request: its URL or headers are malformed."}');
    assert.deepEqual(errors, []);
  });
}

test("an internal error is answered 500 without its message, and logged", async (t) => {
  const errors: unknown[] = [];
  const camera = testCamera(t, { async *open() {} });
  camera.status = () => {
    throw new Error("the secret is 42");
  };
  const url = await serve(t, { cameras: [camera], onError: (error) => errors.push(error) });
  const response = await fetch(`${url}/api/cameras`);
  assert.equal(response.status, 500);
  assert.equal(await errorOf(response), "Internal server error. The server's log has the details.");
  assert.match(String(errors), /the secret is 42/);
});

test("OPTIONS is answered 204 with the allowed methods for any path, and opens no camera", async (t) => {
  const hand = handCamera(t);
  const url = await serve(t, { cameras: [hand.camera] });
  for (const path of ["/", "/video_feed", "/snapshot.jpg", "/api/cameras", "/cameras/attic", "/nowhere"]) {
    const response = await fetch(url + path, { method: "OPTIONS" });
    assert.equal(response.status, 204, path);
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    assert.equal(response.headers.get("access-control-allow-methods"), "GET, HEAD, OPTIONS");
    assert.match(response.headers.get("access-control-allow-headers") ?? "", /^Authorization, [A-Za-z, -]+$/);
    assert.equal(await response.text(), "");
  }
  assert.equal(hand.opened, 0);
});

test("OPTIONS * and other requests for an asterisk are answered", async (t) => {
  const url = await serveTwo(t);
  for (const [method, status] of [
    ["OPTIONS", 204],
    ["GET", 404],
    ["POST", 405],
  ] as const) {
    for (const Accept of ["*/*", ACCEPT.navigation]) {
      const asked = send(t, url, `${method} * HTTP/1.1\r\nHost: localhost\r\nAccept: ${Accept}\r\n\r\n`);
      assert.equal((await headOf(asked)).status, status, method);
    }
  }
});

test("other methods are answered 405 with the allowed ones", async (t) => {
  const url = await serveTwo(t);
  for (const method of ["POST", "PUT", "DELETE"]) {
    const response = await fetch(`${url}/video_feed`, { method });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "GET, HEAD, OPTIONS");
    assert.match(await errorOf(response), new RegExp(`^Method not allowed: ${method}\\.`));
  }
});

test("no response names the server's software", async (t) => {
  const response = await fetch(`${await serveTwo(t)}/api/cameras`);
  assert.equal(response.headers.get("x-powered-by"), null);
  assert.equal(response.headers.get("server"), null);
});

test("with a base path, everything is below it and nothing is above it", async (t) => {
  const url = await serveTwo(t, { basePath: "/iot/cams" });
  for (const path of [
    "/",
    "/cameras/yard",
    "/snapshot.jpg",
    "/api/cameras",
    "/healthz",
    "/state",
    "/public/picture.css",
  ]) {
    const response = await fetch(`${url}/iot/cams${path}`);
    assert.equal(response.status, 200, path);
    await response.arrayBuffer();
  }
  for (const path of ["/video_feed", "/?action=stream_1", "/stream", "/api/stream.mjpeg?src=yard"]) {
    const answer = ask(t, `${url}/iot/cams${path}`);
    assert.equal((await headOf(answer)).status, 200, path);
    assert.equal((await bodyOf(answer, 7)).toString(), "--frame");
  }
  for (const path of ["/", "/video_feed", "/snapshot.jpg", "/api/cameras", "/iot", "/iot/camsx", "/cams/"]) {
    const response = await fetch(url + path);
    assert.equal(response.status, 404, path);
    await response.text();
  }
});

test("case makes no difference below a base path, nor for allowed methods", async (t) => {
  const url = await serveTwo(t, { basePath: "/iot/Cams" });
  for (const path of ["/IOT/cams/Snapshot.jpg", "/iot/Cams/Cameras/Door", "/iot/CAMS/API/Cameras/Yard"]) {
    const response = await fetch(url + path);
    assert.equal(response.status, 200, path);
    await response.arrayBuffer();
  }
  await linksWork(`${url}/IOT/cams/`, `${url}/IOT/cams`);
  await linksWork(`${url}/IOT/cams/Cameras/Door`, `${url}/IOT/cams`);
  assert.match((await fetch(`${url}/Iot/cams`)).url, /\/Iot\/Cams\/$/);
  const options = await fetch(`${url}/iot/cams/API/Cameras/door/Controls`, { method: "OPTIONS" });
  assert.match(options.headers.get("allow") ?? "", /PATCH/);
});

test("a base path without its slash is redirected to it, relatively, with its query", async (t) => {
  const url = await serveTwo(t, { basePath: "/iot/cams" });
  for (const [query, found] of [
    ["", "/iot/cams/"],
    ["?action=snapshot_1&5", "/iot/cams/?action=snapshot_1&5"],
  ]) {
    const response = await fetch(`${url}/iot/cams${query}`, { redirect: "manual" });
    assert.equal(response.status, 308);
    const location = response.headers.get("location") ?? "";
    assert.doesNotMatch(location, /^\/|:/, "a proxy may stand before us, under another path");
    assert.equal(String(new URL(location, `${url}/iot/cams`)), url + found);
    await response.text();
  }
});

test("every link of every page works below any base path", async (t) => {
  for (const basePath of ["", "/cams", "/iot/cams"]) {
    const url = await serveTwo(t, { basePath });
    const pages = ["/", "/cameras/yard", "/cameras/yard/video_feed", "/video_feed", "/cameras/attic", "/no/where"];
    for (const path of pages) {
      const page = url + basePath + path;
      await linksWork(page, url + basePath);
    }
    if (basePath !== "")
      for (const path of ["/", "/elsewhere", "/far/out/there"]) await linksWork(url + path, url + basePath);
  }
});

/** Asserts that every link of a page is below `base` and works. */
async function linksWork(page: string, base: string): Promise<void> {
  const html = await (await fetch(page, { headers: { Accept: ACCEPT.navigation } })).text();
  // Scripts turn the contents of a template into links.
  const links = [...html.replace(/<template.*?<\/template>/s, "").matchAll(/\b(?:src|href|data-src)="([^"]*)"/g)].map(
    ([, link = ""]) => link.replaceAll("&amp;", "&"),
  );
  assert.ok(links.length > 0, html);
  for (const link of links.filter((link) => !/^(#|data:)/.test(link))) {
    const target = String(new URL(link, page));
    assert.ok(target.startsWith(`${base}/`), `${page} links to ${target}`);
    const { status } = await fetch(target, { method: "HEAD" });
    assert.equal(status, 200, `${page} links to ${target}`);
  }
}

test("a camera's URL with a final slash redirects to its page", async (t) => {
  const url = await serveTwo(t);
  const response = await fetch(`${url}/cameras/yard/`);
  assert.equal(response.url, `${url}/cameras/yard`);
  assert.equal(response.status, 200);
});

test("a page is sent for a host that no URL can have", async (t) => {
  const errors: unknown[] = [];
  const url = await serveTwo(t, { onError: (error) => errors.push(error) });
  for (const host of ["\xeb\xe1 9", "]", "door:x", "%"]) {
    const { status } = await headOf(ask(t, `${url}/cameras/door`, { headers: { Host: host } }));
    assert.ok(status === 200 || status === 403, `${host}: ${status}`);
  }
  assert.deepEqual(errors, []);
});
