import assert from "node:assert/strict";
import { test } from "node:test";
import { guestStatus } from "../../src/core/guest-status.ts";

test("guests see when a camera failed and that it waits, but neither why nor for whom", () => {
  const status = {
    name: "door",
    lastError: { message: "connect ECONNREFUSED 10.0.0.7:554", at: 5 },
    waitingFor: "frames on tcp port 8090",
    note: "by way of 10.0.0.7",
  };
  assert.deepEqual(guestStatus(status), {
    name: "door",
    lastError: { message: "The camera is offline", at: 5 },
    waitingFor: "Waiting for frames",
    note: null,
  });
});

test("what is not there stays so", () => {
  assert.deepEqual(guestStatus({ lastError: null, waitingFor: null }), { lastError: null, waitingFor: null });
  assert.deepEqual(guestStatus({ name: "door" }), { name: "door" });
});
