import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PACKAGED, serviceUnit, socketUnit } from "../../src/systemd/unit.ts";
import { ROOT_URL } from "../support/paths.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needs } from "../support/tools.ts";

const skip = needs("systemd-analyze", "systemd");
const read = (name: string) => readFileSync(new URL(`packaging/${name}`, ROOT_URL), "utf8");

/**
 * The most exposure that `systemd-analyze security` may find, of 10: it is 1.7 to 1.8, of which the
 * network is half.
 */
const MOST_EXPOSURE = 2;

function analyze(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("systemd-analyze", args, { encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
  return stdout + stderr;
}

test("the units in packaging/ are those that install-service writes; npm run docs writes them", () => {
  assert.equal(read("stillstream.service"), serviceUnit(PACKAGED));
  assert.equal(read("stillstream.socket"), socketUnit("0.0.0.0", PACKAGED.port));
});

const INSTALLATIONS = {
  "for all": PACKAGED,
  "from a clone in a home, with a Node of nvm": {
    ...PACKAGED,
    node: "/home/a b/.nvm/versions/node/v20.1.0/bin/node",
    main: "/home/a b/100%/dist/main.js",
  },
  "at a port of the system's own, without koffi": { ...PACKAGED, port: 80, notifies: false },
};

for (const [how, parts] of Object.entries(INSTALLATIONS)) {
  test(`systemd-analyze finds nothing wrong with a unit ${how}, and little exposed`, { skip }, (t) => {
    const folder = temporaryFolder(t);
    // What it starts must be there to be verified.
    const there = { ...parts, node: parts.node === PACKAGED.node ? process.execPath : parts.node };
    const unit = serviceUnit(there);
    const runnable = unit.replace(/^ExecStart=("[^"]*"|\S+)/m, `ExecStart=${process.execPath}`);
    writeFileSync(join(folder, "stillstream.service"), runnable);
    writeFileSync(join(folder, "stillstream.socket"), socketUnit("::1", 8080));
    const units = [join(folder, "stillstream.service"), join(folder, "stillstream.socket")];
    assert.doesNotMatch(analyze("verify", ...units), /stillstream/);
    analyze("security", "--offline=true", `--threshold=${MOST_EXPOSURE * 10}`, units[0] as string);
  });
}

test("what is in a home is bound into a service that sees no homes; a path's own signs mean nothing to systemd", () => {
  const unit = serviceUnit(INSTALLATIONS["from a clone in a home, with a Node of nvm"]);
  assert.match(unit, /^ProtectHome=tmpfs$/m);
  assert.match(unit, /^BindReadOnlyPaths="\/home\/a b\/100%%"$/m);
  assert.match(unit, /^BindReadOnlyPaths="\/home\/a b\/\.nvm\/versions\/node\/v20\.1\.0"$/m);
  assert.match(unit, /^ExecStart="\/home\/a b\/.*\/bin\/node" "\/home\/a b\/100%%\/dist\/main\.js" --config /m);
});

test("the service reads a copy of root's file, which is copied before each start and reload", () => {
  const copy = "+/usr/bin/install --mode=0444 /etc/stillstream/stillstream.yaml %t/stillstream/stillstream.yaml";
  const lines = serviceUnit(PACKAGED).match(/^(RuntimeDirectory|Exec).*$/gm) ?? [];
  assert.deepEqual(
    lines.map((line) => line.replace(/^ExecStart=.*(?= --config)/, "ExecStart=…")),
    [
      "RuntimeDirectory=stillstream",
      "RuntimeDirectoryMode=0700",
      `ExecStartPre=${copy}`,
      "ExecStart=… --config %t/stillstream/stillstream.yaml",
      `ExecReload=${copy}`,
      "ExecReload=/bin/kill -HUP $MAINPID",
    ],
  );
});

test("a port below 1024 is the one capability that it may have", () => {
  assert.match(serviceUnit({ ...PACKAGED, port: 443 }), /^CapabilityBoundingSet=CAP_NET_BIND_SERVICE$/m);
  assert.match(serviceUnit(PACKAGED), /^CapabilityBoundingSet=$/m);
});

test("no setting or path begins another line of a unit, or means something else to systemd", () => {
  for (const host of ["0.0.0.0\nExecStartPre=/bin/sh", "::1\n[Service]", "127.0.0.1 8080", "localhost", ""]) {
    assert.throws(() => socketUnit(host, 8080), /is no address\. Give an address/, host);
  }
  for (const path of ["/opt/a\nExecStart=/bin/sh", "/opt/\u0085", "/opt/\r"]) {
    assert.throws(() => serviceUnit({ ...PACKAGED, main: path }), /has control characters/, path);
    assert.throws(() => serviceUnit({ ...PACKAGED, node: path }), /has control characters/, path);
  }
  assert.match(socketUnit("fe80::1%eth0", 8080), /^ListenStream=\[fe80::1%%eth0\]:8080$/m);
  const unit = serviceUnit({ ...PACKAGED, main: "/home/a/$x:1/dist/main.js" });
  assert.match(unit, /^ExecStart=\S+ \/home\/a\/\$\$x:1\/dist\/main\.js /m);
  assert.match(unit, /^BindReadOnlyPaths="\/home\/a\/\$x\\\\:1"$/m);
});
