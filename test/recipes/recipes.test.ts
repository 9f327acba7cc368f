import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { WebSocket } from "ws";
import { parse } from "yaml";
import { JpegSplitter } from "../../src/jpeg/split.ts";
import { recipeGroups } from "../../src/recipes/index.ts";
import { until } from "../support/deferred.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { ROOT } from "../support/paths.ts";
import { startCaddy, startNginx } from "../support/programs/proxy-programs.ts";
import { startServer } from "../support/programs/server.ts";
import { recipeText } from "../support/recipe-text.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needs, needsPython, PYTHON } from "../support/tools.ts";
import { watchStream } from "../support/viewers/watch-stream.ts";

/* Runs each recipe marked as run, as its page shows it; test/browser/ has those for pages. */

const run = promisify(execFile);
const CAMERA = "door=fake#fps=10";

const BEHIND_PROXY = ["--trust-proxy", "loopback"];

/** As in a shell. */
function shell(command: string, cwd: string) {
  return run("sh", ["-c", command], { cwd, timeout: 60_000 });
}

test("the recipe for ffmpeg saves as many seconds as it says, at any frame rate", {
  skip: needs("ffmpeg"),
}, async (t) => {
  const { url } = await startServer(t, [CAMERA]);
  const folder = temporaryFolder(t);
  const command = await recipeText(url, "ffmpeg");
  assert.match(command, / -t 5 /);
  await shell(command.replace(" -t 5 ", " -t 1 "), folder);
  const show = ["-v", "error", "-count_packets", "-show_entries", "stream=width,nb_read_packets:format=duration"];
  const { stdout } = await run("ffprobe", [...show, "-of", "json", join(folder, "clip.mkv")]);
  const { streams, format } = JSON.parse(stdout);
  assert.equal(streams[0].width, 1280);
  // At an assumed 25 fps, a second would hold 25 of this camera's frames.
  assert.ok(Number(streams[0].nb_read_packets) < 20, stdout);
  assert.ok(Number(format.duration) < 1.5, stdout);
});

test("the recipe for OpenCV reads a frame", { skip: needsPython("cv2", "python3-opencv") }, async (t) => {
  const { url } = await startServer(t, [CAMERA]);
  const { stdout } = await run(PYTHON, ["-c", await recipeText(url, "opencv")]);
  assert.equal(stdout.trim(), "True (720, 1280, 3)");
});

test("the recipe for curl saves an image, and fails while there is none", { skip: needs("curl") }, async (t) => {
  const folder = temporaryFolder(t);
  const good = await startServer(t, [CAMERA]);
  await shell(await recipeText(good.url, "curl"), folder);
  assert.equal(new JpegSplitter().push(readFileSync(join(folder, "door.jpg"))).length, 1);
  const bad = await startServer(t, [`door=picture:${folder}/later.jpg#wait=true`]);
  await assert.rejects(shell(await recipeText(bad.url, "curl"), temporaryFolder(t)), { code: 22 });
});

test("the recipe for VLC decodes frame after frame", {
  skip: needs("vlc", "vlc-bin vlc-plugin-base"),
}, async (t) => {
  const { url } = await startServer(t, [CAMERA]);
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o777);
  const headless = [
    ...["--intf", "dummy", "--no-audio", "--vout", "dummy"],
    ...["--video-filter", "scene", "--scene-path", folder, "--scene-format", "jpg", "--scene-ratio", "1"],
  ];
  const command = `exec ${await recipeText(url, "vlc")} ${headless.join(" ")}`;
  // VLC refuses to run as root.
  const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
  const [program = "", ...args] = process.getuid?.() === 0 ? ["setpriv", ...nobody, "sh"] : ["sh"];
  const vlc = spawn(program, [...args, "-c", command], { env: { ...process.env, HOME: folder }, stdio: "ignore" });
  const closed = once(vlc, "close");
  try {
    await until("VLC has decoded pictures that differ", () => {
      const scenes = readdirSync(folder).filter((name) => /^scene.*\.jpg$/.test(name));
      return new Set(scenes.map((name) => readFileSync(join(folder, name)).length)).size >= 3;
    });
  } finally {
    // Before its folder is removed: VLC writes there until it ends.
    vlc.kill("SIGKILL");
    await closed;
  }
});

/** Asserts that stream, snapshot, page and WebSocket pass through a proxy. */
async function checkProxy(t: TestContext, url: string): Promise<void> {
  const watcher = watchStream(t, `${url}/cameras/door/video_feed`);
  await until("pictures come through", () => watcher.pictures.length >= 5);
  assert.equal((await fetch(`${url}/snapshot.jpg`)).headers.get("content-type"), "image/jpeg");
  const socket = new WebSocket(`${url.replace("http", "ws")}/cameras/esp/frames`);
  t.after(() => socket.terminate());
  const answered = new Promise((resolve, reject) => socket.once("message", resolve).once("error", reject));
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  socket.send(tinyJpeg({}));
  await answered;
  const live = new WebSocket(`${url.replace("http", "ws")}/live`);
  t.after(() => live.terminate());
  const [hello] = (await once(live, "message")) as [Buffer];
  assert.equal(JSON.parse(String(hello)).type, "hello");
  // A page of the proxy's address may change things, like the server's own.
  const message = {
    method: "POST",
    headers: { Origin: new URL(url).origin, "Content-Type": "text/plain" },
    body: "hi",
  };
  assert.equal((await fetch(`${url}/api/cameras/door/messages`, message)).status, 202);
}

for (const basePath of ["", "/cams"]) {
  test(`the recipe for nginx passes everything${basePath && ", with a base path too"}`, {
    skip: needs("nginx", "nginx-light"),
  }, async (t) => {
    const { url } = await startServer(t, [CAMERA, "esp=push", "--base-path", `${basePath}/`, ...BEHIND_PROXY]);
    await checkProxy(t, `${await startNginx(t, await recipeText(url, "nginx"))}/cam`);
  });

  test(`the recipe for Caddy passes everything${basePath && ", with a base path too"}`, {
    skip: needs("caddy"),
  }, async (t) => {
    const { url } = await startServer(t, [CAMERA, "esp=push", "--base-path", `${basePath}/`, ...BEHIND_PROXY]);
    await checkProxy(t, (await startCaddy(t, await recipeText(url, "caddy"))) + basePath);
  });
}

test("the URLs of recipes that cannot run here answer as the recipes say", async (t) => {
  const { url } = await startServer(t, ["door=fake#title=A%20%22door%22%20%26%20more"]);
  const homepage = parse(await recipeText(url, "homepage"));
  assert.deepEqual(homepage, [
    {
      Cameras: [
        {
          door: {
            href: `${url}/cameras/door`,
            widget: { type: "mjpeg", stream: `${url}/cameras/door/video_feed` },
          },
        },
      ],
    },
  ]);
  const [section, ...settings] = (await recipeText(url, "moonraker")).split("\n");
  assert.equal(section, "[webcam door]");
  for (const setting of settings) assert.match(setting, /^[a-z_]+: \S+$/);
  assert.match(await recipeText(url, "grafana"), /alt="A &quot;door&quot; &amp; more"/);
  for (const { id, blocks } of recipeGroups.flatMap(({ recipes }) => recipes)) {
    for (const [index, { language }] of blocks.entries()) {
      const text = await recipeText(url, id, index);
      assert.doesNotMatch(text, /\{(server|upstream|prefix|camera|title)\}/, `${id} is filled in`);
      if (language === "url") assert.equal((await fetch(text, { method: "HEAD" })).status, 200, text);
    }
  }
});

test("every recipe marked as run is run in a test", () => {
  const folders = ["recipes", "browser"].map((name) => join(ROOT, "test", name));
  const text = folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)))
    .filter((path) => path.endsWith(".test.ts"))
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  for (const { id, checked } of recipeGroups.flatMap(({ recipes }) => recipes)) {
    if (checked.how === "run") assert.ok(text.includes(`url, "${id}")`), `${id} is not run`);
  }
});
