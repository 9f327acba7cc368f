import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { until } from "../deferred.ts";
import { listen } from "../serve.ts";

/**
 * Runs nginx with `directives` in its only server block, until the test ends. Returns the URL
 * without a trailing slash.
 */
export async function startNginx(t: TestContext, directives: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "stillstream-proxy-"));
  const port = await freePort(t);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  mkdirSync(join(folder, "tmp"));
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log stderr warn;
    events { }
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${folder}/tmp/${name};`).join(" ")}
      server {
        listen 127.0.0.1:${port};
        ${directives}
      }
    }`,
  );
  return await startServer(t, "nginx", ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"], {
    folder,
    port,
  });
}

/**
 * Runs Caddy with `directives` in its only site, until the test ends. Returns the URL without a
 * trailing slash.
 */
export async function startCaddy(t: TestContext, directives: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "stillstream-proxy-"));
  const port = await freePort(t);
  const file = join(folder, "Caddyfile");
  writeFileSync(file, `{\n  admin off\n  auto_https off\n}\nhttp://127.0.0.1:${port} {\n${directives}\n}\n`);
  return await startServer(t, "caddy", ["run", "--config", file, "--adapter", "caddyfile"], { folder, port });
}

async function startServer(
  t: TestContext,
  program: string,
  args: readonly string[],
  { folder, port }: { folder: string; port: number },
): Promise<string> {
  const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
  const child = spawn(program, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const closed = once(child, "close");
  t.after(async () => {
    child.kill("SIGKILL");
    await closed;
    // Not earlier: it may write there until it ends.
    rmSync(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${port}`;
  await until(`${program} answers`, () => {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}: ${said}`);
    return fetch(url).then(
      async (response) => {
        await response.body?.cancel();
        return true;
      },
      () => false,
    );
  });
  return url;
}

async function freePort(t: TestContext): Promise<number> {
  const server = createServer();
  const { port } = new URL(await listen(t, server));
  await new Promise((resolve) => server.close(resolve));
  return Number(port);
}
