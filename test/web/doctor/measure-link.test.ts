import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { BURST } from "../../../src/http/routes/doctor.ts";
import { examineBurst } from "../../../src/web/doctor/measure-link.ts";
import { burst, burstChunk } from "../../support/burst.ts";
import { type VirtualTime, virtualTime } from "../../support/virtual-time.ts";

const { fetch: realFetch } = globalThis;

/** Answers the page's requests. */
function answer(t: TestContext, response: Response): void {
  globalThis.fetch = async () => response;
  // A mock of a mock would outlast the test: Node restores the first of them first.
  t.after(() => {
    globalThis.fetch = realFetch;
  });
}

/** Examines a burst of which each chunk takes as long as `takesMs` says for its number. */
async function examine(t: TestContext, time: VirtualTime, takesMs: (number: number) => number) {
  // The server's clock may be wrong.
  const startedAt = Date.now() + 7_000_000;
  const body = new ReadableStream({
    async start(stream) {
      const chunks = Array.from({ length: BURST.chunks }, async (_, number) => {
        const sentMs = number * BURST.everyMs;
        await sleep(sentMs + takesMs(number));
        stream.enqueue(burstChunk(number, startedAt + sentMs));
      });
      await Promise.all(chunks);
      stream.close();
    },
  });
  answer(t, new Response(body));
  const findings = examineBurst("burst");
  await time.advance(10_000);
  return await findings;
}

test("a burst whose chunks all take the same time is not held up, however long that is", async (t) => {
  const [finding, ...others] = await examine(t, virtualTime(t), () => 900);
  assert.deepEqual(others, []);
  assert.equal(finding?.level, "ok");
  assert.equal(finding.what, "Frames arrive as they are sent, held up by 0 ms at most.");
});

test("one chunk that takes 400 ms more than the fastest is not held up, and 401 ms are", async (t) => {
  const time = virtualTime(t);
  const late = (ms: number) => examine(t, time, (number) => (number === BURST.chunks - 1 ? 50 + ms : 50));
  assert.equal((await late(400))[0]?.level, "ok");
  const [finding] = await late(401);
  assert.deepEqual([finding?.check, finding?.level], ["buffering", "problem"]);
  assert.match(finding?.what ?? "", /holds frames up, for up to 0\.4 s/);
});

test("a proxy that keeps everything back until the end is found", async (t) => {
  const lastMs = (BURST.chunks - 1) * BURST.everyMs;
  const [finding] = await examine(t, virtualTime(t), (number) => lastMs - number * BURST.everyMs);
  assert.equal(finding?.level, "problem");
  assert.match(finding.what, /for up to 1\.9 s/);
});

test("a proxy that compresses is found beside one that does not hold up", async (t) => {
  answer(t, new Response(new Uint8Array(burst()), { headers: { "Content-Encoding": "br" } }));
  const findings = await examineBurst("burst");
  assert.deepEqual(
    findings.map(({ check, level }) => [check, level]),
    [
      ["compression", "problem"],
      ["buffering", "ok"],
    ],
  );
});

test("bytes that are not the server's are a problem, and a refusal is a note", async (t) => {
  answer(t, new Response("<html>Sign in to the hotel's network"));
  const [changed] = await examineBurst("burst");
  assert.equal(changed?.what, "A proxy on the way changes what the server sends.");
  answer(t, new Response(new Uint8Array(burst()).fill(1)));
  assert.equal((await examineBurst("burst"))[0]?.what, changed.what);
  answer(t, new Response(null, { status: 503 }));
  assert.equal((await examineBurst("burst"))[0]?.level, "note");
});
