import assert from "node:assert/strict";
import { test } from "node:test";
import { withLocalPeers } from "../../src/app/create-gate.ts";
import { registries } from "../../src/app/registries.ts";
import { parseFlags } from "../../src/config/flags.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Problems } from "../../src/config/problems.ts";
import type { AddressRanges } from "../../src/net/address-ranges.ts";

const LISTENERS = [
  "tcp=tcp-listen:1",
  "udp=udp-listen:2",
  "fake",
  ...["--output", "fake=tcp-listen:3", "--output", "fake=udp-send:127.0.0.1:5", "--messages", "fake=udp-listen:4"],
];

/**
 * Of each camera, output and way of messages, whether it takes this machine, a stranger and
 * 8.8.8.8; null for all.
 */
async function allowed(args: readonly string[]) {
  const problems = new Problems();
  const config = await loadConfig({ flags: parseFlags(args, problems), env: {}, registries, problems });
  const { cameras, outputs, messages } = withLocalPeers(config);
  return [...cameras, ...outputs, ...messages].map(({ options }) => {
    const allow = options["allow"] as AddressRanges | undefined;
    return allow === undefined ? null : ["127.0.0.1", "203.0.113.7", "8.8.8.8"].map((one) => allow.includes(one));
  });
}

test("whatever listens takes local networks alone, unless told otherwise", async () => {
  const local = [true, false, false];
  assert.deepEqual(await allowed(LISTENERS), [local, local, null, local, null, local]);
  assert.deepEqual(await allowed([...LISTENERS, "--public"]), [null, null, null, null, null, null]);
  assert.deepEqual(await allowed(["cam=tcp-listen:1#allow=8.8.8.8"]), [[false, false, true]]);
  assert.deepEqual(await allowed(["cam=tcp-listen:1#allow=8.8.8.8", "--public"]), [[false, false, true]]);
});

test("every driver, output and way of messages that listens can be told whom to take", () => {
  for (const [name, kind] of Object.entries({ ...registries.drivers, ...registries.outputs, ...registries.messages })) {
    if ("address" in kind.options.shape && /-listen$/.test(name)) assert.ok("allow" in kind.options.shape, name);
  }
});
