import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { installService } from "../../src/cli/install-service.ts";
import { uninstallService } from "../../src/cli/uninstall-service.ts";
import { MAIN } from "../support/paths.ts";
import { runProgramToEnd } from "../support/programs/program.ts";
import { refused } from "../support/programs/server.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** The file that install-service says it would write. */
function fileIn(said: string, path: string): string {
  const lines = said.split("\n");
  const from = lines.indexOf(`  Write ${path}:`) + 1;
  assert.ok(from > 0, `it would not write ${path}: ${said}`);
  const length = lines.slice(from).findIndex((line) => line !== "" && !line.startsWith("    "));
  return lines
    .slice(from, from + length)
    .map((line) => line.slice(4))
    .join("\n");
}

test("--dry-run says each step and each file, which the program itself can read, and does nothing", async (t) => {
  const { status, stdout } = await runProgramToEnd([
    ...["install-service", "--dry-run", "--port=8090", "--title", "My house", "--tls-self-signed"],
    ...["door=http://a:b@192.0.2.1/s?id=2#fps=5", "fake", "fake", "--output", "door=tcp-listen:9000"],
  ]);
  assert.equal(status, 0);
  assert.equal(
    fileIn(stdout, "/etc/stillstream/stillstream.yaml").trimEnd(),
    [
      ...["port: 8090", "title: My house", "tls-self-signed: true", "cameras:"],
      ...["  door: http://a:b@192.0.2.1/s?id=2#fps=5", "  fake: fake", "  fake-2: fake"],
      ...["outputs:", "  - door=tcp-listen:9000"],
    ].join("\n"),
  );
  const unit = fileIn(stdout, "/etc/systemd/system/stillstream.service");
  assert.ok(unit.includes(`\nExecStart=${process.execPath} ${MAIN} --config %t/stillstream/stillstream.yaml\n`));
  assert.match(
    stdout,
    / {2}Run systemctl daemon-reload\n {2}Run systemctl enable stillstream.service\n {2}Run systemctl restart stillstream.service\n$/,
  );
  assert.ok(!existsSync("/etc/systemd/system/stillstream.service"));
  const path = join(temporaryFolder(t), "again.yaml");
  writeFileSync(path, fileIn(stdout, "/etc/stillstream/stillstream.yaml"));
  assert.match(await installService(["--dry-run", "--config", path]), /door: http:/);
});

test("with --socket the system opens the port", async () => {
  const stdout = await installService(["--dry-run", "--socket", "--port", "8090", "fake"]);
  assert.match(fileIn(stdout, "/etc/systemd/system/stillstream.socket"), /^ListenStream=8090$/m);
  assert.match(stdout, /Run systemctl enable --now stillstream\.socket\n/);
});

test("wrong options are refused in one sentence with exit status 2, and nothing is written", async () => {
  const [port, twice, uninstall] = await Promise.all([
    refused(() => installService(["--port", "http"])),
    refused(() => installService(["--socket", "--port", "0", "fake"])),
    refused(() => uninstallService(["fake"])),
  ]);
  assert.deepEqual(
    [port.status, port.stderr],
    [2, 'stillstream: --port: "http" is invalid. It must be a whole number from 0 to 65535.\n'],
  );
  assert.deepEqual(
    [twice.status, twice.stderr],
    [2, "stillstream: --socket: --port 0 is invalid with it. Choose a port above 0.\n"],
  );
  assert.deepEqual(
    [uninstall.status, uninstall.stderr],
    [2, 'stillstream: uninstall-service: "fake" is too much. It takes only --dry-run.\n'],
  );
});

test("without root it says so in one sentence, with exit status 1", {
  skip: process.getuid?.() !== 0 && "needs root, to become nobody",
}, () => {
  // 65534 is nobody, on Debian and most others.
  const { status, stderr } = spawnSync(process.execPath, [MAIN, "install-service", "fake"], {
    uid: 65_534,
    encoding: "utf8",
  });
  assert.deepEqual(
    [status, stderr],
    [1, "stillstream: install-service: only root may change /etc. Run it with sudo, or with --dry-run.\n"],
  );
});

test("where systemd does not run the machine it says so, with exit status 1", {
  skip: (existsSync("/run/systemd/system") || process.getuid?.() !== 0) && "needs root on a machine without systemd",
}, async () => {
  const { status, stderr } = await refused(() => installService(["fake"]));
  assert.equal(status, 1);
  assert.match(stderr, /^stillstream: install-service: systemd does not run on this machine\. [^\n]+\n$/);
  assert.match(await uninstallService([]), /^There is no service to uninstall\.\n$/);
});
