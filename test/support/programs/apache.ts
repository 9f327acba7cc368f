import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { until } from "../deferred.ts";
import { freePort } from "../sockets/tcp.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** The folder of modules of Debian's package apache2-bin. */
const APACHE_MODULES = "/usr/lib/apache2/modules";

const MODULES = ["mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_digest"];

export interface ApacheOptions {
  readonly user: string;
  readonly password: string;
  /** The file that it serves as /picture.jpg. */
  readonly picture: string;
}

/** Apache with one file behind Digest authentication. */
export interface Apache {
  readonly port: number;
  /** The status of each request so far, with `Digest` if it was authenticated. */
  requests(): readonly string[];
}

/**
 * Starts Apache on a free port of 127.0.0.1; ends it when the test ends. Its nonces are valid for
 * one second.
 */
export async function startApache(t: TestContext, { user, password, picture }: ApacheOptions): Promise<Apache> {
  const folder = temporaryFolder(t);
  const root = join(folder, "root");
  mkdirSync(root);
  // If root starts it, it reads files as another user.
  chmodSync(folder, 0o755);
  copyFileSync(picture, join(root, "picture.jpg"));
  const realm = "Login to CAM";
  const secret = createHash("md5").update(`${user}:${realm}:${password}`).digest("hex");
  writeFileSync(join(folder, "users"), `${user}:${realm}:${secret}\n`);
  const port = await freePort();
  const lines = [
    `ServerRoot ${folder}`,
    `PidFile ${join(folder, "pid")}`,
    "ServerName localhost",
    `Listen 127.0.0.1:${port}`,
    ...MODULES.map((name) => `LoadModule ${name}_module ${APACHE_MODULES}/mod_${name}.so`),
    `ErrorLog ${join(folder, "error.log")}`,
    'LogFormat "%>s %{Authorization}i" one',
    `CustomLog ${join(folder, "access.log")} one`,
    `DocumentRoot ${root}`,
    `<Directory ${root}>`,
    "AuthType Digest",
    `AuthName "${realm}"`,
    "AuthDigestProvider file",
    `AuthUserFile ${join(folder, "users")}`,
    "AuthDigestNonceLifetime 1",
    "Require valid-user",
    "</Directory>",
  ];
  writeFileSync(join(folder, "conf"), `${lines.join("\n")}\n`);
  const child = spawn("apache2", ["-X", "-f", join(folder, "conf")], { stdio: ["ignore", "ignore", "inherit"] });
  const closed = once(child, "close");
  t.after(async () => {
    child.kill("SIGKILL");
    await closed;
  });
  await until("Apache listens", () => fetch(`http://127.0.0.1:${port}/`).catch(() => undefined));
  // Apache logs a request once it has answered it.
  await until("Apache has logged that request", () => logged(folder).length > 0);
  const before = logged(folder).length;
  return { port, requests: () => logged(folder).slice(before) };
}

function logged(folder: string): string[] {
  const lines = readFileSync(join(folder, "access.log"), "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => line.split(" ").slice(0, 2).join(" "));
}
