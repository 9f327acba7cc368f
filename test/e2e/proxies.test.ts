import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { Gate } from "../../src/http/access/gate.ts";
import { parseTrustedProxies, type TrustedProxies } from "../../src/net/trusted-proxies.ts";
import { chromiumContext } from "../support/browsers/chromium.ts";
import { handCamera } from "../support/cameras/hand-camera.ts";
import { startNginx } from "../support/programs/proxy-programs.ts";
import { serve } from "../support/serve.ts";
import { ask, headOf } from "../support/sockets/raw-http.ts";
import { needs } from "../support/tools.ts";

const LOOPBACK = parseTrustedProxies("loopback") as TrustedProxies;

/** Returns the status that Chromium gets for our first page. */
async function browse(t: TestContext, url: string): Promise<number | undefined> {
  const page = await (await chromiumContext(t)).newPage();
  return (await page.goto(url, { waitUntil: "domcontentloaded" }))?.status();
}

test("a browser behind a bare proxy_pass is refused, and accepted once nginx forwards the client's address", {
  skip: needs("nginx") || needs("chromium"),
}, async (t) => {
  const gates = { untrusting: new Gate(), trusting: new Gate({ trust: LOOPBACK }) };
  const [direct, trusting] = await Promise.all(
    [gates.untrusting, gates.trusting].map((gate) => serve(t, { cameras: [handCamera(t).camera], gate })),
  );
  const bare = await startNginx(t, `location / { proxy_pass ${direct}; }`);
  const keeping = await startNginx(t, `location / { proxy_pass ${direct}; proxy_set_header Host $http_host; }`);
  const silent = await startNginx(t, `location / { proxy_pass ${trusting}; }`);
  const telling = await startNginx(
    t,
    `location / { proxy_pass ${trusting}; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }`,
  );
  for (const url of [bare, keeping, silent]) {
    for (const name of ["127.0.0.1", "cam.lan"]) {
      assert.equal(await browse(t, url.replace("127.0.0.1", name)), 403, `${url} ${name}`);
    }
  }
  assert.equal(await browse(t, telling), 200);
  assert.equal(await browse(t, direct as string), 200);
  // What docs/guide/security.md says cannot be detected: a program that adds nothing of its own.
  assert.equal((await headOf(ask(t, `${bare}/healthz`))).status, 200);
});

/** Passes bytes on, as `socat` and docker-proxy do. */
async function forward(t: TestContext, url: string): Promise<string> {
  const server = createServer((outer) => {
    const inner = connect(Number(new URL(url).port), "127.0.0.1");
    outer.pipe(inner).pipe(outer);
    for (const socket of [outer, inner]) socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

test("a TCP forwarder is refused if the Host shows it", async (t) => {
  const url = await forward(t, await serve(t, { cameras: [handCamera(t).camera], gate: new Gate() }));
  for (const [Host, status] of [
    ["203.0.113.7:8080", 403],
    ["[2001:db8::7]:8080", 403],
    ["cam.example.org", 403],
    // What docs/guide/security.md says cannot be detected.
    ["127.0.0.1:8080", 200],
  ] as const) {
    assert.equal((await headOf(ask(t, `${url}/healthz`, { headers: { Host } }))).status, status, Host);
  }
});
