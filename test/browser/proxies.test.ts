import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { Gate } from "../../src/http/access/gate.ts";
import { parseTrustedProxies, type TrustedProxies } from "../../src/net/trusted-proxies.ts";
import { testInBrowser } from "../support/browsers/tab.ts";
import { handCamera } from "../support/cameras/hand-camera.ts";
import { startNginx } from "../support/programs/proxy-programs.ts";
import { serve } from "../support/serve.ts";
import { ask, headOf } from "../support/sockets/raw-http.ts";
import { needs } from "../support/tools.ts";

const LOOPBACK = parseTrustedProxies("loopback") as TrustedProxies;

testInBrowser("a browser behind a proxy", (define) => {
  define(
    "is refused behind a bare proxy_pass, and accepted once nginx forwards the client's address",
    async (t, open) => {
      const missing = needs("nginx");
      if (missing) return t.skip(missing);
      const gates = { untrusting: new Gate(), trusting: new Gate({ trust: LOOPBACK }) };
      const [direct, trusting] = await Promise.all(
        [gates.untrusting, gates.trusting].map((gate) => serve(t, { cameras: [handCamera(t).camera], gate })),
      );
      const nginx = await startNginx(
        t,
        `location /bare/ { proxy_pass ${direct}/; }
      location /keeping/ { proxy_pass ${direct}/; proxy_set_header Host $http_host; }
      location /silent/ { proxy_pass ${trusting}/; }
      location /telling/ {
        proxy_pass ${trusting}/;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      }`,
      );
      const page = await open("about:blank");
      const browse = async (url: string) => (await page.goto(url, { waitUntil: "domcontentloaded" }))?.status();
      for (const path of ["/bare/", "/keeping/", "/silent/"]) {
        for (const name of ["127.0.0.1", "cam.lan"]) {
          assert.equal(await browse(nginx.replace("127.0.0.1", name) + path), 403, `${path} ${name}`);
        }
      }
      assert.equal(await browse(`${nginx}/telling/`), 200);
      assert.equal(await browse(direct as string), 200);
      // docs/guide/security.md says that a program which adds nothing cannot be detected.
      assert.equal((await headOf(ask(t, `${nginx}/bare/healthz`))).status, 200);
    },
  );
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
