import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import express from "express";
import { BURST, doctorBurstRoute } from "../../../src/http/routes/doctor.ts";
import { deferred, until } from "../../support/deferred.ts";
import { startProgram } from "../../support/programs/program.ts";
import { listen, serve, testCamera } from "../../support/serve.ts";

test("concurrent requests share one examination", async (t) => {
  let examinations = 0;
  let end = deferred<void>();
  const examine = async () => {
    examinations++;
    await end.promise;
    return { at: 1, findings: [] };
  };
  const url = await serve(t, { cameras: [testCamera(t, { async *open() {} })], examine });
  const asked = Array.from({ length: 5 }, async () => (await fetch(`${url}/api/doctor`)).json());
  await until("it runs", () => examinations > 0);
  assert.equal((await fetch(`${url}/api/doctor/time`)).status, 200);
  end.resolve();
  assert.deepEqual(await Promise.all(asked), Array(5).fill({ at: 1, findings: [] }));
  assert.equal(examinations, 1);
  end = deferred();
  end.resolve();
  await fetch(`${url}/api/doctor`);
  assert.equal(examinations, 2);
});

test("a failed examination is answered 500, and the next request starts another", async (t) => {
  let examinations = 0;
  const examine = async () => {
    examinations++;
    throw new Error("no");
  };
  const url = await serve(t, { cameras: [testCamera(t, { async *open() {} })], examine });
  for (const count of [1, 2]) {
    assert.equal((await fetch(`${url}/api/doctor`)).status, 500);
    assert.equal(examinations, count);
  }
});

test("the running server examines cameras while they have viewers", async (t) => {
  const { url } = await startProgram(t, ["door=fake#fps=10", "yard=http://127.0.0.1:9/"]);
  const { findings } = (await (await fetch(`${url}/api/doctor`)).json()) as {
    findings: { check: string; about: string; level: string; what: string; mend: string }[];
  };
  const brief = findings.map(({ about, check, level }) => `${about}: ${check} ${level}`);
  assert.ok(brief.includes("door: picture ok"), brief.join());
  assert.ok(brief.includes("yard: picture problem"));
  assert.ok(brief.includes("Network: reach note"));
  assert.ok(!brief.some((text) => text.startsWith("Network: port")), "its own port is not in its way");
});

test("a burst arrives in chunks, laid out as documented", async (t) => {
  const url = await serve(t, { cameras: [testCamera(t, { async *open() {} })] });
  const response = await fetch(`${url}/doctor/burst`);
  assert.equal(response.headers.get("x-accel-buffering"), "no");
  assert.equal(response.headers.get("content-encoding"), null);
  let bytes = Buffer.alloc(0);
  let pieces = 0;
  for await (const piece of response.body as AsyncIterable<Uint8Array>) {
    bytes = Buffer.concat([bytes, piece]);
    pieces++;
  }
  assert.equal(bytes.length, BURST.chunks * BURST.bytes);
  assert.ok(pieces > BURST.chunks / 2, `${pieces} pieces`);
  for (let number = 0; number < BURST.chunks; number++) {
    assert.equal(bytes.readUInt16BE(number * BURST.bytes), number);
    assert.ok(Math.abs(bytes.readDoubleBE(number * BURST.bytes + 2) - Date.now()) < 60_000);
  }
});

test("bursts are limited, and a client that leaves frees its slot", async (t) => {
  const url = await serve(t, { cameras: [testCamera(t, { async *open() {} })] });
  const leave = new AbortController();
  const asked = Array.from({ length: 8 }, () => fetch(`${url}/doctor/burst`, { signal: leave.signal }));
  for (const response of await Promise.all(asked)) assert.equal(response.status, 200);
  const refused = await fetch(`${url}/doctor/burst`);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "3");
  leave.abort();
});

test("a browser that leaves its burst makes room for another", async (t) => {
  // No burst ends by itself within an hour.
  const url = await listen(t, createServer(express().get("/", doctorBurstRoute({ everyMs: 3_600_000 }))));
  const leave = new AbortController();
  await Promise.all(Array.from({ length: 8 }, () => fetch(url, { signal: leave.signal })));
  assert.equal((await fetch(url)).status, 503);
  leave.abort();
  await until("there is room", async () => {
    const { status, body } = await fetch(url);
    await body?.cancel();
    return status === 200;
  });
});
