import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { FastReject, PreparedResponse } from "../../../src/http/limits/fast-reject.ts";
import { virtualTime } from "../../support/virtual-time.ts";

/** A request and what is sent to it; each takes `costMs` of the virtual time. */
function exchange(answered: number[], number: number, onSend = () => {}) {
  const request = { headers: {}, method: "GET", complete: true } as unknown as IncomingMessage;
  const response = Object.assign(new EventEmitter(), {
    destroyed: false,
    writeHead: () => onSend(),
    end: () => answered.push(number),
  });
  return { request, response: response as unknown as ServerResponse, answer: new PreparedResponse(429, "Too many.") };
}

test("a client that floods is answered promptly a hundred times, and then half a second later", async (t) => {
  const time = virtualTime(t);
  const rejects = new FastReject({});
  const answered: number[] = [];
  for (let number = 0; number < 102; number++) rejects.reject(exchange(answered, number), "10.0.0.5");
  rejects.reject(exchange(answered, 200), "10.0.0.6");
  rejects.reject(exchange(answered, 300));
  assert.equal(answered.length, 102);
  assert.deepEqual(answered.slice(-3), [99, 200, 300]);
  await time.advance(499);
  assert.equal(answered.length, 102);
  await time.advance(2);
  assert.deepEqual(answered.slice(-2), [100, 101]);
});

test("rejections take 2 of each 10 ms; the others wait, in order, and those that are gone are left out", async (t) => {
  const time = virtualTime(t);
  let spentMs = 0;
  t.mock.method(performance, "now", () => Date.now() - START + spentMs);
  const START = Date.now();
  const rejects = new FastReject({});
  const answered: number[] = [];
  const all = Array.from({ length: 6 }, (_, number) => exchange(answered, number, () => (spentMs += 1)));
  for (const one of all) rejects.reject(one);
  assert.deepEqual(answered, [0, 1]);
  Object.assign(all[3]?.response ?? {}, { destroyed: true });
  await time.advance(1);
  assert.deepEqual(answered, [0, 1]);
  await time.advance(10);
  assert.deepEqual(answered, [0, 1, 2, 4]);
  await time.advance(10);
  assert.deepEqual(answered, [0, 1, 2, 4, 5]);
  await time.advance(100);
  rejects.reject(exchange(answered, 7));
  assert.equal(answered.at(-1), 7);
});
