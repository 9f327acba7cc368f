import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { test } from "node:test";
import { HostLookup, lookup, resolveHost } from "../../src/net/resolve-host.ts";
import { type Deferred, deferred } from "../support/deferred.ts";
import { virtualTime } from "../support/virtual-time.ts";

const ADDRESS = [{ address: "192.0.2.1", family: 4 }];

/** A system that answers when the test says so. */
function nameServer() {
  const asked: string[] = [];
  const answers: Deferred<LookupAddress[]>[] = [];
  const answer = (host: string) => {
    asked.push(host);
    const next = deferred<LookupAddress[]>();
    answers.push(next);
    return next.promise;
  };
  return { asked, answers, lookup: answer };
}

test("names that nobody answers hold two threads, however many there are, and are said to be unanswered", async (t) => {
  const time = virtualTime(t);
  const { asked, lookup } = nameServer();
  const hosts = new HostLookup({ lookup, timeoutMs: 3000 });
  const names = Array.from({ length: 20 }, (_, index) => `camera-${index}.lan`);
  const settling = Promise.allSettled(names.map((name) => hosts.resolve(name)));
  await time.advance(3000);
  const results = await settling;
  assert.deepEqual(asked, ["camera-0.lan", "camera-1.lan"]);
  for (const [index, result] of results.entries()) {
    assert.equal(result.status, "rejected");
    const { message, code } = result.reason as NodeJS.ErrnoException;
    assert.equal(message, `the name camera-${index}.lan could not be looked up in 3 s: no name server answers`);
    assert.equal(code, "ETIMEOUT");
  }
});

test("once the name server is back, names are found again", async (t) => {
  const time = virtualTime(t);
  const { asked, answers, lookup } = nameServer();
  const hosts = new HostLookup({ lookup, limit: 1, timeoutMs: 3000 });
  for (let count = 0; count < 2; count++) {
    const late = assert.rejects(hosts.resolve("camera.lan"), { code: "ETIMEOUT" });
    await time.advance(3000);
    await late;
  }
  assert.equal(asked.length, 1, "it is asked once while that hangs");
  answers[0]?.resolve(ADDRESS);
  await time.advance(0);
  const found = hosts.resolve("camera.lan");
  assert.equal(asked.length, 2);
  answers[1]?.resolve(ADDRESS);
  assert.deepEqual(await found, ADDRESS);
});

test("equal lookups at the same time share one answer", async () => {
  const { asked, answers, lookup } = nameServer();
  const hosts = new HostLookup({ lookup });
  const both = Promise.all([hosts.resolve("camera.lan"), hosts.resolve("Camera.lan")]);
  answers[0]?.resolve(ADDRESS);
  assert.deepEqual(await both, [ADDRESS, ADDRESS]);
  assert.equal(asked.length, 1);
});

test("while no name server answers a name has the address it had, and a name that is gone has none", async (t) => {
  const time = virtualTime(t);
  const { answers, lookup } = nameServer();
  const hosts = new HostLookup({ lookup, timeoutMs: 3000 });
  const first = hosts.resolve("camera.lan");
  answers[0]?.resolve(ADDRESS);
  await first;
  const again = hosts.resolve("camera.lan");
  answers[1]?.reject(Object.assign(new Error("try again"), { code: "EAI_AGAIN" }));
  assert.deepEqual(await again, ADDRESS);
  const gone = hosts.resolve("camera.lan");
  answers[2]?.reject(Object.assign(new Error("not found"), { code: "ENOTFOUND" }));
  await assert.rejects(gone, { code: "ENOTFOUND" });
  const unanswered = hosts.resolve("camera.lan");
  await time.advance(3000);
  assert.deepEqual(await unanswered, ADDRESS);
});

test("the system's own names are found, and connections are made by them", async (t) => {
  assert.equal((await resolveHost("localhost")).address, "127.0.0.1");
  assert.deepEqual(await resolveHost("::1"), { address: "::1", family: 6 });
  await assert.rejects(resolveHost("no-such-host.invalid"));
  const server = createServer((socket) => socket.end()).listen(0, "localhost");
  t.after(() => server.close());
  await once(server, "listening");
  for (const autoSelectFamily of [true, false]) {
    const socket = connect({
      host: "localhost",
      port: (server.address() as AddressInfo).port,
      lookup,
      autoSelectFamily,
    });
    await once(socket, "connect");
    socket.destroy();
  }
});
