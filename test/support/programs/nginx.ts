import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { until } from "../deferred.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { pathOf } from "../tools.ts";

/**
 * Returns the command that runs nginx before a server, on a port of 127.0.0.1. It has nginx's
 * defaults, except what a WebSocket needs. It writes only to `folder`.
 */
export function nginxCommand(folder: string, port: number, upstream: string): string[] {
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  const config = join(folder, "nginx.conf");
  writeFileSync(
    config,
    `daemon off; master_process off; pid ${join(folder, "pid")}; error_log stderr;
events {}
http {
  access_log off; ${paths.join(" ")}
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${upstream};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
    }
  }
}
`,
  );
  return ["nginx", "-e", "stderr", "-p", folder, "-c", config];
}

/** Starts nginx; ends it when the test ends. Returns its URL without a trailing slash. */
export async function startNginx(t: TestContext, upstream: string): Promise<string> {
  const port = await freePort();
  const [, ...args] = nginxCommand(temporaryFolder(t), port, upstream);
  const child = spawn(pathOf("nginx"), args, { stdio: "ignore" });
  const closed = once(child, "close");
  t.after(async () => {
    child.kill("SIGKILL");
    await closed;
  });
  await until("nginx listens", () => listens(port));
  return `http://127.0.0.1:${port}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
