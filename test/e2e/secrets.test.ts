import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { WebSocket } from "ws";
import { createToken } from "../../src/cli/create-token.ts";
import { withoutSecrets } from "../../src/cli/process-title.ts";
import { until } from "../support/deferred.ts";
import { startProgram } from "../support/programs/program.ts";
import { refusalOf, startServer } from "../support/programs/server.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needs } from "../support/tools.ts";
import { virtualTime } from "../support/virtual-time.ts";

const skip = needs("ffmpeg");
const SECRET = /ger7/;

/** A camera that is unreachable at every path except one, which redirects. */
async function awayCamera(t: TestContext): Promise<string> {
  const server = createServer(({ url = "" }, response) => {
    const isFirst = url.startsWith("/redirects");
    response.writeHead(isFirst ? 302 : 404, isFirst ? { Location: "/elsewhere?session=ger7session" } : {}).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Addresses from public reports, with the user admin and the password tiger7 or a similar one. */
function addresses(host: string): Record<string, string> {
  const urls = {
    xmeye: `ffmpeg:rtsp://${host}/user=admin_password=tiger7_channel=1_stream=0.sdp`,
    query: `ffmpeg:rtsp://${host}/cam?channel=1&user=admin&password=tiger7`,
    foscam: `ffmpeg:http://${host}/videostream.cgi?user=admin&pwd=tiger7`,
    rtmp: `ffmpeg:rtmp://${host}/bcs/channel0_main.bcs?channel=0&stream=0&user=admin&password=tiger7`,
    srt: `ffmpeg:srt://${host}?passphrase=tiger7tiger7`,
    slash: `ffmpeg:rtsp://admin:ti/ger7@${host}/x`,
    long: `ffmpeg:http://admin:${"x".repeat(1010 - host.length)}tiger7@${host}/x`,
    usual: `http://admin:tiger7@${host}/x`,
    own: `http://${host}/videostream.cgi?user=admin&pwd=tiger7`,
    moved: `http://admin:tiger7@${host}/redirects`,
    gone: "http://admin:tiger7@127.0.0.1:9/stream",
    odd: `http://admin:ti%2Fger7%40@${host}/key-tiger7/x`,
  };
  return Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, `${url}#always=true`]));
}

/** Returns all responses for this token, except snapshots. */
async function allThatIsSaid(url: string, names: readonly string[], token = ""): Promise<string> {
  const query = token === "" ? "" : `token=${token}`;
  const get = async (path: string) =>
    await (await fetch(`${url}${path}${path.includes("?") ? "&" : "?"}${query}`)).text();
  const socket = new WebSocket(`${url.replace("http", "ws")}/live?${query}`);
  const said: string[] = [];
  socket.on("message", (data) => said.push(String(data)));
  socket.on("open", () => {
    for (const [index, camera] of names.entries())
      socket.send(JSON.stringify({ type: "subscribe", id: index + 1, camera }));
  });
  await until("/live reports all cameras", () =>
    names.every((name) => said.some((text) => text.includes(`"camera":"${name}"`))),
  );
  socket.close();
  const paths = ["/api/cameras", `/api/cameras/${names[0]}`, `/cameras/${names[0]}`, "/", "/state", "/healthz"];
  const pages = await Promise.all(paths.map(get));
  return [...said.filter((text) => text.includes('"state"')), ...pages].join("\n");
}

/** Returns what snapshots say that wait for a frame without success. */
async function snapshotErrors(url: string, names: readonly string[], token = ""): Promise<string> {
  const get = async (name: string) =>
    await (await fetch(`${url}/cameras/${name}/snapshot.jpg?strict&token=${token}`)).text();
  return (await Promise.all(names.map(get))).join("\n");
}

test("no password of a camera is in any answer or log, whatever its address", { skip }, async (t) => {
  // Each camera is tried once: the pause before the next try does not pass.
  const time = virtualTime(t);
  const host = await awayCamera(t);
  const cameras = addresses(host);
  const names = Object.keys(cameras);
  const file = join(temporaryFolder(t), "cameras.yaml");
  writeFileSync(file, JSON.stringify({ cameras }));
  const server = await time.settle(startServer(t, ["--config", file, "--log-level", "trace"]));
  const hasFailed = (name: string) => server.logOf(name).some((text) => text.includes("trying again"));
  await until("all cameras have failed", () => names.every(hasFailed), 60_000);
  const said = await allThatIsSaid(server.url, names);
  const all = [said, server.output(), server.errors()].join("\n");
  assert.doesNotMatch(all, SECRET);
  assert.doesNotMatch(all, /admin/);
  assert.match(all, /answered 404/, "the error of an offline camera is reported");
});

test("no password of a camera is in what the doctor and snapshots say", { skip }, async (t) => {
  const { query, usual } = addresses(await awayCamera(t));
  const { url } = await startServer(t, [`query=${query}`, `usual=${usual}`]);
  const names = ["query", "usual"];
  const [doctor, snapshots] = await Promise.all([
    fetch(`${url}/api/doctor`).then((response) => response.text()),
    snapshotErrors(url, names),
  ]);
  for (const said of [doctor, snapshots]) {
    assert.match(said, /answered 404/);
    assert.doesNotMatch(said, /ger7|admin/);
  }
});

test("guests learn that a camera is offline, and no host", async (t) => {
  const host = await awayCamera(t);
  const state = ["--state-dir", temporaryFolder(t)];
  const cameras = { own: `http://admin:tiger7@${host}/x#always=true`, port: "tcp-listen:127.0.0.1:0" };
  const specs = Object.entries(cameras).map(([name, spec]) => `${name}=${spec}`);
  const server = await startServer(t, [...specs, "--auth", "owner:tiger7-owner", ...state]);
  const [token = ""] = (await createToken(["own,port", "--can", "view,control", ...state])).split("\n");
  const report = async () => await (await fetch(`${server.url}/api/cameras/own?token=${token}`)).text();
  await until("it has failed", async () => (await report()).includes("offline"));
  await fetch(`${server.url}/cameras/own/messages?token=${token}`, { method: "POST", body: "hello" });
  const answers = await allThatIsSaid(server.url, ["own", "port"], token);
  const said = `${answers}\n${await snapshotErrors(server.url, ["own", "port"], token)}`;
  const messages = await (await fetch(`${server.url}/api/cameras/own/messages?token=${token}`)).text();
  assert.match(said, /The camera is offline/);
  assert.match(said, /Waiting for frames/);
  for (const text of [said, messages]) {
    assert.doesNotMatch(
      text.replaceAll(server.url, ""),
      new RegExp(`${SECRET.source}|admin|${host}|answered|sender on port`),
    );
  }
});

test("invalid settings are quoted without their passwords", async (t) => {
  const file = join(temporaryFolder(t), "wrong.yaml");
  const password = "rtsp://admin:ti#ger7@10.0.0.8/x";
  const wrong: unknown[] = [
    { cameras: [`ffmpeg:${password}`] },
    { cameras: { door: { driver: "ffmpg", address: password } } },
    { cameras: { door: { driver: "ffmpeg", address: password, fps: "many" } } },
    { cameras: { door: { address: password, password: "ger7-too" } } },
    { cameras: { door: "fake" }, outputs: [{ kind: "mqtt", address: "mqtt://u:tiger7@h/x" }] },
    { cameras: { Door: `ffmpeg:${password}` } },
    { cameras: [{ driver: "http", address: "//admin:tiger7@10.0.0.8/x", note: "tiger7" }] },
    { cameras: { door: "fake" }, outputs: [{ kind: "tcp-connect", address: "admin:ti:ger7@h:99999" }] },
  ];
  for (const content of wrong) {
    writeFileSync(file, JSON.stringify(content));
    const { status, stderr } = await refusalOf(t, ["--config", file]);
    assert.equal(status, 2);
    assert.doesNotMatch(stderr, SECRET);
  }
  for (const args of [
    ["--password", "tiger7"],
    ["fake", "-p", "tiger7"],
    ["fake", "--output", "tcp-connect:admin:ti:ger7@10.0.0.8"],
    ["fake", "--output", "tcp-connect:tiger7@10.0.0.8"],
  ]) {
    const { status, stderr } = await refusalOf(t, args);
    assert.equal(status, 2, args.join(" "));
    assert.doesNotMatch(stderr, SECRET);
  }
  const specs = [
    password,
    `ffmpeg:${password}`,
    `door=ffmpeg:rtsp://admin:tiger7@10.0.0.8/x#fps=many`,
    `http://u:ti ger7`,
    "webcam#password=ger7x",
  ];
  for (const spec of specs) {
    const { status, stderr } = await refusalOf(t, [spec]);
    assert.equal(status, 2, spec);
    assert.doesNotMatch(stderr, SECRET);
    const { stderr: fromEnv } = await refusalOf(t, [], { env: { CAMERA: spec } });
    assert.doesNotMatch(fromEnv, SECRET);
  }
});

test("the list of processes shows no password of the command line", {
  skip: process.platform !== "linux" && "needs /proc",
}, async (t) => {
  const server = await startProgram(t, [
    "door=http://admin:tiger7@127.0.0.1:9/x?pwd=tiger7#fps=1",
    "--auth",
    "owner:tiger7-owner",
    "--state-dir",
    temporaryFolder(t),
  ]);
  const shown = readFileSync(`/proc/${server.process.pid}/cmdline`, "utf8");
  assert.doesNotMatch(shown, SECRET);
  assert.match(shown, /^node .*main\.js --host 127\.0\.0\.1 --port 0 door=http:\/\/127\.0\.0\.1:9 --auth \*\*\*/);
});

test("arguments without secrets are shown unchanged", () => {
  const args = ["door=webcam:/dev/video0#fps=15", "--port", "80", "--allow-origin", "https://dash.example.org"];
  assert.deepEqual(withoutSecrets(args), args);
});
