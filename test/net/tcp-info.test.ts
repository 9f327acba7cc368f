import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { loadTcpInfo, TCP_INFO_AT } from "../../src/net/tcp-info.ts";
import { until } from "../support/deferred.ts";
import { listen } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needs } from "../support/tools.ts";

const skip = process.platform !== "linux" && "asks Linux";

/** Both ends of a connection: ours, and the client's. */
async function pair(t: TestContext): Promise<{ own: Socket; client: Socket }> {
  const server = createServer();
  const accepted = once(server, "connection");
  const client = connect(Number(new URL(await listen(t, server)).port), "127.0.0.1");
  t.after(() => client.destroy());
  const [own] = (await accepted) as [Socket];
  return { own, client };
}

test("the fields lie where the kernel's header has them", { skip: skip || needs("cc", "gcc libc6-dev") }, (t) => {
  const folder = temporaryFolder(t);
  const source = join(folder, "offsets.c");
  const lines = Object.keys(TCP_INFO_AT).map((field) => `printf("%zu\\n", offsetof(struct tcp_info, ${field}));`);
  const head = "#include <stddef.h>\n#include <stdio.h>\n#include <linux/tcp.h>\n";
  writeFileSync(source, `${head}int main(void) {\n${lines.join("\n")}\nreturn 0;\n}\n`);
  execFileSync("cc", ["-o", join(folder, "offsets"), source]);
  const offsets = execFileSync(join(folder, "offsets"), { encoding: "utf8" }).trim().split("\n").map(Number);
  assert.deepEqual(offsets, Object.values(TCP_INFO_AT));
});

test("unsent data is counted, in this process and in the system", { skip }, async (t) => {
  const linkStateOf = await loadTcpInfo();
  const { own, client } = await pair(t);
  client.pause();
  const bytes = 20_000_000;
  own.write(Buffer.alloc(bytes));
  await until("some of it is in the system", () => own.writableLength > 0);
  const { queued, inFlight } = linkStateOf(own);
  const waiting = queued + inFlight;
  assert.ok(waiting > bytes / 2 && waiting <= bytes, `${waiting}`);
  let taken = 0;
  client.on("data", (chunk) => (taken += chunk.length));
  client.resume();
  await until("all of it is taken", () => taken === bytes);
  await until("and that is known", () => linkStateOf(own).inFlight === 0);
  assert.ok(linkStateOf(own).rttMs > 0 && linkStateOf(own).rttMs < 1000, `${linkStateOf(own).rttMs}`);
});

test("a socket that is closed has nothing waiting in the system", { skip }, async (t) => {
  const linkStateOf = await loadTcpInfo();
  const { own, client } = await pair(t);
  client.destroy();
  own.destroy();
  await once(own, "close");
  assert.deepEqual(linkStateOf(own), { queued: 0, inFlight: 0, rttMs: 0 });
});
