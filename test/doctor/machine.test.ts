import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { doctorReport } from "../../src/cli/doctor-report.ts";
import { inspectClock, judgeClock } from "../../src/doctor/clock.ts";
import { inspectDevices, judgeDevices } from "../../src/doctor/devices.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { inspectLimits, judgeLimits } from "../../src/doctor/limits.ts";
import { inspectNetwork, judgeNetwork } from "../../src/doctor/network.ts";
import { inspectPrograms, judgePrograms } from "../../src/doctor/programs.ts";
import { inspectStorage, judgeStorage } from "../../src/doctor/storage.ts";
import { until } from "../support/deferred.ts";
import { listen } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/**
 * Shortens findings. Each says what it found in sentences, and each that is not well says the fix.
 */
function brief(findings: readonly Finding[]): string[] {
  return findings.map(({ check, level, what, fix }) => {
    assert.match(what, /^[A-Z].*\.$/);
    if (level !== "ok") assert.match(fix, /^[A-Z].*\.$/);
    return `${check} ${level}`;
  });
}

const DEVICE = { path: "/dev/video0", isAllowed: true, group: "video", holders: [] };

test("devices that may be opened are well, and so are none", () => {
  assert.deepEqual(brief(judgeDevices([DEVICE])), ["permission ok"]);
  assert.deepEqual(brief(judgeDevices([])), ["permission ok"]);
});

test("a device that may not be opened is a problem, fixed by joining its group", () => {
  const findings = judgeDevices([DEVICE, { ...DEVICE, path: "/dev/video1", isAllowed: false }], "pi");
  assert.deepEqual(brief(findings), ["permission problem"]);
  assert.equal(findings[0]?.what, "The user pi may not open /dev/video1, so its camera cannot be served.");
  assert.match(findings[0]?.fix ?? "", /`sudo usermod -aG video pi`/);
});

test("a device that another program holds is named with the program", () => {
  const findings = judgeDevices([{ ...DEVICE, holders: [{ pid: 7, name: "cheese" }] }]);
  assert.deepEqual(brief(findings), ["busy note"]);
  assert.equal(findings[0]?.what, "Another program uses /dev/video0: cheese (process 7).");
});

test("devices are found with their group and who holds them", {
  skip: process.platform !== "linux" && "reads /proc",
}, async (t) => {
  const folder = temporaryFolder(t);
  for (const name of ["video1", "video0", "video", "vbi0"]) writeFileSync(join(folder, name), "");
  writeFileSync(join(folder, "groups"), `daemon:x:99999:\ncameras:x:${process.getgid?.()}:pi\n`);
  const held = spawn("sh", ["-c", `exec 3<${folder}/video1; exec sleep 60`], { stdio: "ignore" });
  t.after(async () => {
    const closed = once(held, "close");
    held.kill("SIGKILL");
    await closed;
  });
  const facts = await until("the holder holds", async () => {
    const facts = await inspectDevices(folder, join(folder, "groups"));
    return (facts[1]?.holders.length ?? 0) > 0 ? facts : undefined;
  });
  assert.deepEqual(
    facts.map(({ path, isAllowed, group }) => [path, isAllowed, group]),
    [
      [join(folder, "video0"), true, "cameras"],
      [join(folder, "video1"), true, "cameras"],
    ],
  );
  assert.deepEqual(facts[0]?.holders, []);
  assert.equal(facts[1]?.holders[0]?.pid, held.pid);
  assert.deepEqual(await inspectDevices(join(folder, "nowhere")), []);
});

const ALL = { hasKoffi: true, hasSharp: true, hasFfmpeg: true, hasRpicam: true, isRaspberryPi: true, isLinux: true };

test("nothing missing is well, and so is a missing rpicam-vid where there is no Raspberry Pi", () => {
  assert.deepEqual(brief(judgePrograms({ ...ALL, drivers: ["fake"] })), ["programs ok"]);
  const other = { ...ALL, hasRpicam: false, isRaspberryPi: false, drivers: ["fake"] };
  assert.deepEqual(brief(judgePrograms(other)), ["programs ok"]);
});

test("what is missing is said, with what works worse for it, and is a problem where a camera needs it", () => {
  const none = {
    hasKoffi: false,
    hasSharp: false,
    hasFfmpeg: false,
    hasRpicam: false,
    isRaspberryPi: true,
    isLinux: true,
  };
  assert.deepEqual(brief(judgePrograms({ ...none, drivers: ["fake"] })), [
    "sharp problem",
    "koffi note",
    "ffmpeg note",
    "rpicam note",
  ]);
  assert.deepEqual(brief(judgePrograms({ ...none, hasSharp: true, drivers: ["ffmpeg", "rpicam"] })), [
    "koffi note",
    "ffmpeg problem",
    "rpicam problem",
  ]);
  const [, koffi] = judgePrograms({ ...none, drivers: ["webcam"] });
  assert.match(koffi?.what ?? "", /webcams need ffmpeg/);
});

test("libraries are there when they can be loaded", async () => {
  const { hasSharp, hasKoffi } = await inspectPrograms([]);
  assert.deepEqual([hasSharp, hasKoffi], [true, true]);
});

const NOW = Date.UTC(2026, 10, 27, 12);

test("a clock that follows a time server is well, and one of which nobody can tell", () => {
  assert.deepEqual(brief(judgeClock({ now: NOW, isSynchronized: true, hasBattery: false })), ["clock ok"]);
  assert.deepEqual(brief(judgeClock({ now: NOW, isSynchronized: undefined, hasBattery: false })), ["clock ok"]);
});

test("a clock that follows none is a note, and one of the last century a problem", () => {
  const [loose] = judgeClock({ now: NOW, isSynchronized: false, hasBattery: false });
  assert.equal(loose?.level, "note");
  assert.equal(
    loose?.what,
    "The clock shows 2026-11-27 12:00 UTC. No time server sets it, and it stops while this machine is off.",
  );
  const [kept] = judgeClock({ now: NOW, isSynchronized: false, hasBattery: true });
  assert.equal(kept?.what, "The clock shows 2026-11-27 12:00 UTC. No time server sets it.");
  assert.deepEqual(brief(judgeClock({ now: 0, isSynchronized: true, hasBattery: true })), ["clock problem"]);
});

test("what a time service leaves behind tells that the clock follows it", async (t) => {
  const folder = temporaryFolder(t);
  const synchronized = join(folder, "synchronized");
  writeFileSync(synchronized, "");
  const facts = await inspectClock({ synchronized, clock: join(folder, "rtc0") });
  assert.deepEqual([facts.isSynchronized, facts.hasBattery], [true, false]);
  const other = await inspectClock({ synchronized: join(folder, "nothing"), clock: synchronized });
  assert.equal(other.hasBattery, true);
});

const OPEN = { host: "0.0.0.0", port: 8080, urls: ["http://192.168.0.5:8080/"], refusal: null };

test("a server that others find is well, and says that a firewall may be in between", () => {
  const [finding] = judgeNetwork(OPEN);
  assert.equal(finding?.level, "ok");
  assert.match(finding?.fix ?? "", /firewall cannot be seen from this machine.*8080\/tcp/);
});

test("a server that only this machine reaches is a note, and one without an address a problem", () => {
  for (const host of ["127.0.0.1", "localhost", "::1"]) {
    assert.deepEqual(brief(judgeNetwork({ ...OPEN, host })), ["reach note"]);
  }
  assert.deepEqual(brief(judgeNetwork({ ...OPEN, urls: [] })), ["reach problem"]);
});

test("a port that is in use is a note, since it is while the server runs, and one that is refused a problem", async (t) => {
  assert.deepEqual(brief(judgeNetwork({ ...OPEN, refusal: "EACCES" })), ["port problem", "reach ok"]);
  const { port } = new URL(await listen(t, createServer()));
  const place = { host: "127.0.0.1", port: Number(port), basePath: "", scheme: "http" as const };
  const facts = await inspectNetwork(place, { isListening: false });
  assert.deepEqual(brief(judgeNetwork(facts)), ["port note", "reach note"]);
  assert.equal((await inspectNetwork(place, { isListening: true })).refusal, null);
  assert.equal((await inspectNetwork({ ...place, port: 0 }, { isListening: false })).refusal, null);
});

test("a limit of open files is well above the viewers, and a problem below", async (t) => {
  assert.deepEqual(brief(judgeLimits({ openFiles: 1_048_576, maxViewers: 1000 })), ["files ok"]);
  assert.deepEqual(brief(judgeLimits({ openFiles: 1024, maxViewers: 1000 })), ["files problem"]);
  assert.deepEqual(brief(judgeLimits({ openFiles: undefined, maxViewers: 1000 })), []);
  const file = join(temporaryFolder(t), "limits");
  const line = (soft: string) =>
    `Limit Soft Hard Units\nMax open files            ${soft}                 4096    files\n`;
  writeFileSync(file, line("1024"));
  assert.deepEqual(await inspectLimits(50, file), { openFiles: 1024, maxViewers: 50 });
  writeFileSync(file, line("unlimited"));
  assert.equal((await inspectLimits(50, file)).openFiles, Number.POSITIVE_INFINITY);
});

const KEPT = { folder: "/var/lib/stillstream", isWritable: true, freeBytes: 1e9, isUsed: true };

test("a state folder that can be written to is well; else it is a problem where it is used, and a note elsewhere", () => {
  assert.deepEqual(brief(judgeStorage(KEPT)), ["state ok"]);
  assert.deepEqual(brief(judgeStorage({ ...KEPT, isWritable: false })), ["state problem"]);
  assert.deepEqual(brief(judgeStorage({ ...KEPT, isWritable: false, isUsed: false })), ["state note"]);
  const almostFull = judgeStorage({ ...KEPT, freeBytes: 1000 });
  assert.deepEqual(brief(almostFull), ["state problem"]);
  assert.match(almostFull[0]?.what ?? "", / is almost full: 0 MB are free\.$/);
});

test("a state folder that is not there yet is as good as the one it would be made in", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "there"));
  const facts = await inspectStorage(join(folder, "there", "not", "yet"), true);
  assert.ok(facts.isWritable && (facts.freeBytes ?? 0) > 0);
  // A file is no folder, even for root.
  writeFileSync(join(folder, "file"), "");
  assert.equal((await inspectStorage(join(folder, "file", "in"), true)).isWritable, false);
  assert.equal(readFileSync(join(folder, "file"), "utf8"), "");
});

test("the report says first how it stands", () => {
  const finding = (level: Finding["level"]): Finding => ({
    check: "x",
    about: "Clock",
    level,
    what: "It is so.",
    fix: "",
  });
  const first = (levels: Finding["level"][]) => doctorReport({ at: 0, findings: levels.map(finding) }).split("\n")[0];
  assert.equal(first(["ok"]), "No problems found.");
  assert.equal(first(["ok", "problem", "note", "note"]), "Found 1 problem and 2 notes.");
  assert.equal(first(["problem", "problem"]), "Found 2 problems.");
});
