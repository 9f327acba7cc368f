import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import {
  canonicalFormat,
  createTimeFormat,
  isTimeFormat,
  needsTimeZone,
  TIME_CODES,
} from "../../../src/transform/overlay/strftime.ts";
import { findTimeZone } from "../../../src/transform/overlay/time-zone.ts";
import { ROOT } from "../../support/paths.ts";
import { needs } from "../../support/tools.ts";

const ZONES = ["UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Kathmandu", "Australia/Sydney"];

/**
 * Around the turn of a year, noon and midnight, a leap day, and both changes of summer time in
 * Europe.
 */
const TIMES = [
  "2026-01-01T00:00:00Z",
  "2026-11-27T12:00:00Z",
  "2028-02-29T23:59:59Z",
  "2028-12-31T23:30:00Z",
  "2026-03-29T00:59:59Z",
  "2026-03-29T01:00:00Z",
  "2026-10-25T00:30:00Z",
  "2026-10-25T01:30:00Z",
].map((text) => Date.parse(text));

const skip =
  needs("python3") ||
  (!existsSync("/usr/share/zoneinfo/Asia/Kathmandu") && "needs tzdata: sudo apt-get install -y tzdata");

test("times are written as the system's own strftime writes them", { skip }, () => {
  // Names of zones are ICU's, and only some are also the system's.
  const format = TIME_CODES.filter((code) => code !== "%Z").join("|");
  const script = `
import os, sys, time
for zone in sys.argv[2].split(","):
    os.environ["TZ"] = zone
    time.tzset()
    for at in sys.argv[3].split(","):
        print(time.strftime(sys.argv[1].replace("%s", at), time.localtime(int(at))))`;
  const seconds = TIMES.map((at) => String(at / 1000)).join(",");
  const { stdout, stderr } = spawnSync("python3", ["-c", script, format, ZONES.join(","), seconds], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], LC_ALL: "C" },
  });
  const ours = ZONES.flatMap((zone) => TIMES.map(createTimeFormat(format, zone)));
  assert.deepEqual(ours, stdout.trim().split("\n"), stderr);
});

test("zones have the short names that people there use, or what they are ahead of Greenwich", () => {
  const [winter, summer] = [Date.parse("2026-01-10T00:00:00Z"), Date.parse("2026-07-10T00:00:00Z")];
  for (const [zone, names] of [
    ["UTC", ["UTC", "UTC"]],
    ["Europe/Berlin", ["CET", "CEST"]],
    ["Europe/London", ["GMT", "BST"]],
    ["America/New_York", ["EST", "EDT"]],
    ["Asia/Tokyo", ["GMT+9", "GMT+9"]],
  ] as const) {
    assert.deepEqual([winter, summer].map(createTimeFormat("%Z", zone)), names, zone);
  }
});

test("without a zone it is the server's own", () => {
  const script = `
    import { createTimeFormat } from "./dist/transform/overlay/strftime.js";
    console.log(createTimeFormat("%T %z")(0));`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: ROOT,
    env: { ...process.env, TZ: "Asia/Kolkata" },
    encoding: "utf8",
  });
  assert.equal(run.stdout.trim(), "05:30:00 +0530", run.stderr);
});

test("what is no code is told from what is one, and from a % itself", () => {
  for (const format of ["", "Gate", "%H:%M", "100%%", "%%q", ...TIME_CODES]) assert.ok(isTimeFormat(format), format);
  for (const format of ["%", "50%", "%q", "% H", "%%%", "%-d", "%\u{1F600}", "%H%"]) {
    assert.ok(!isTimeFormat(format), format);
  }
  for (const format of ["Gate", "%%H", "%s", ""]) assert.ok(!needsTimeZone(format), format);
  for (const format of ["%H", "%F", "%%%z"]) assert.ok(needsTimeZone(format), format);
  assert.equal(createTimeFormat("%%H %%%H", "UTC")(0), "%H %00");
});

test("formats that come to the same have one spelling, which is none of the longer ones", () => {
  for (const [one, other] of [
    ["%F %T", "%Y-%m-%d %H:%M:%S"],
    ["%R", "%H:%M"],
    ["%D", "%m/%d/%y"],
    ["%T", "%R:%S"],
  ] as const) {
    assert.equal(canonicalFormat(one), canonicalFormat(other));
    assert.ok(canonicalFormat(other).length <= one.length);
  }
  const pieces = fc.constantFrom(...TIME_CODES, "%%", ":", "-", "/", "Y", "m", "x");
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), fc.integer({ min: 0, max: 2e12 }), (parts, at) => {
      const format = parts.join("");
      const canonical = canonicalFormat(format);
      assert.ok(canonical.length <= format.length);
      assert.equal(canonicalFormat(canonical), canonical);
      assert.equal(createTimeFormat(canonical, "UTC")(at), createTimeFormat(format, "UTC")(at));
    }),
  );
});

test("a time zone has one name, however it is written, and what is none has none", () => {
  assert.equal(findTimeZone("europe/berlin"), "Europe/Berlin");
  assert.equal(findTimeZone("Asia/Kolkata"), findTimeZone("Asia/Calcutta"));
  for (const none of ["", "Mars/Phobos", "+02:00", "Europe", "__proto__", "a".repeat(10_000), "Europe/Berlin "]) {
    assert.equal(findTimeZone(none), undefined, none.slice(0, 20));
  }
});
