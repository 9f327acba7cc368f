import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { WebSocket } from "ws";
import { until } from "../support/deferred.ts";
import { makeClip } from "../support/images/clips.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { MAIN } from "../support/paths.ts";
import { holdings } from "../support/programs/proc.ts";
import { startProgram } from "../support/programs/program.ts";
import { startReloading } from "../support/programs/reloading.ts";
import { startServer } from "../support/programs/server.ts";
import { listen } from "../support/serve.ts";
import { connectPeer, freePort } from "../support/sockets/tcp.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needs, PYTHON } from "../support/tools.ts";
import { liveClient } from "../support/viewers/live-client.ts";
import { watchStream } from "../support/viewers/watch-stream.ts";
import { virtualTime } from "../support/virtual-time.ts";

const skip = process.platform === "win32" && "a signal";
const names = (cameras: readonly { name: string }[]) => cameras.map(({ name }) => name);

test("viewers of an unchanged camera get every frame across ten reloads, on the same connection", async (t) => {
  const config = (count: number) => `
cameras:
  ${count % 2 === 0 ? `new-${count}: "fake"` : ""}
  door: "fake#fps=50"
  yard: "fake#fps=${1 + count}#title=Yard ${count}"
outputs: ${count % 2 === 0 ? '["yard=tcp-listen:127.0.0.1:0"]' : "[]"}
`;
  const program = await startReloading(t, config(1));
  const live = await liveClient(t, program.url);
  const id = live.subscribe("door");
  const stream = watchStream(t, `${program.url}/cameras/door/video_feed`, { keep: false });
  await until("both watch", () => live.of(id).length > 2 && stream.pictures.length > 2);
  const before = await program.report("door");
  for (let count = 2; count < 12; count++) {
    assert.match(
      await program.reload(config(count)),
      /^Configuration reloaded from \S+: .*yard changed.*, 1 untouched$/,
    );
    const had = live.of(id).length;
    await until("frames come after it", () => live.of(id).length > had + 1);
  }
  const after = await program.report("door");
  assert.equal(stream.ended, false);
  assert.deepEqual(
    after.viewers.map(({ id }) => id),
    before.viewers.map(({ id }) => id),
  );
  // On a busy machine a viewer that acknowledges may miss a frame; a stream buffers all of them.
  assert.equal(after.viewers.find(({ framing }) => framing === "length")?.dropped, 0);
  assert.equal(after.restarts, 0);
  assert.deepEqual(program.logOf("door"), ["opened", "live"]);
});

test("cameras come and go in the order of the file, and live clients are notified", async (t) => {
  const program = await startReloading(t, "cameras: { door: fake, yard: fake, hall: fake }");
  const live = await liveClient(t, program.url);
  const [door, yard] = [live.subscribe("door"), live.subscribe("yard")];
  const stream = watchStream(t, `${program.url}/video_feed`);
  await until("all watch", () => live.of(door).length > 0 && live.of(yard).length > 0 && stream.pictures.length > 0);
  const said = await program.reload("cameras: { yard: fake, gate: fake, hall: fake }");
  assert.match(said, /: gate added, door removed, 2 untouched$/);
  await until("the stream of the removed camera has ended", () => stream.ended);
  assert.deepEqual(names(await program.cameras()), ["yard", "gate", "hall"]);
  assert.match((await (await fetch(`${program.url}/state`)).json()).result.instance_id, /^$/);
  const first = await fetch(`${program.url}/video_feed?framing=length`);
  await first.body?.cancel();
  await until(
    "requests without a name get the first camera of the file",
    async () => (await program.report("yard")).frames > 0,
  );
  const gone = await fetch(`${program.url}/cameras/door/video_feed`);
  assert.equal(gone.status, 404);
  const told = await until("the client is notified", () => live.said.length > 2 && live.said.slice(1));
  assert.deepEqual(told, [
    { type: "cameras", cameras: ["yard", "gate", "hall"].map((name) => ({ name, title: name })) },
    { type: "error", id: door, message: 'Camera "door" not found. Cameras: yard, gate, hall.' },
  ]);
  const had = live.of(yard).length;
  await until("the other subscription goes on", () => live.of(yard).length > had);
  assert.equal(
    await program.reload("cameras: { hall: fake, yard: fake, gate: fake }").then(tail),
    "the order of the cameras changed",
  );
  assert.deepEqual(names(await program.cameras()), ["hall", "yard", "gate"]);
  const metrics = await (await fetch(`${program.url}/metrics`)).text();
  assert.match(metrics, /stillstream_camera_online\{camera="gate"\}/);
  assert.doesNotMatch(metrics, /camera="door"/);
  await until("door is released", () => program.logOf("door").at(-1) === "released");
});

test("a client with a token is notified of its cameras alone", async (t) => {
  const args = ["--auth", "owner:a password", "--state-dir", temporaryFolder(t)];
  const program = await startReloading(t, "cameras: { door: fake, yard: fake }", args);
  const headers = { Authorization: `Basic ${Buffer.from("owner:a password").toString("base64")}` };
  const body = JSON.stringify({ cameras: ["door"], can: ["view"], for: "1h" });
  const made = await fetch(`${program.url}/api/tokens`, { method: "POST", headers, body });
  const { token } = (await made.json()) as { token: string };
  const live = await liveClient(t, `${program.url}/live?token=${token}`);
  const door = live.subscribe("door");
  await until("the frame is shown", () => live.of(door).length > 0);
  await program.reload("cameras: { door: fake, gate: fake }");
  await program.reload('cameras: { door: "fake#title=Front" }');
  await program.reload("cameras: { gate: fake }");
  assert.deepEqual(await until("the client is notified", () => live.said.length > 3 && live.said.slice(1)), [
    { type: "cameras", cameras: [{ name: "door", title: "Front" }] },
    { type: "cameras", cameras: [] },
    { type: "error", id: door, message: "Not allowed: the cameras of this token no longer exist." },
  ]);
});

test("a changed camera is released, then opened with its new options, and its viewers stay", async (t) => {
  const folder = temporaryFolder(t);
  const picture = join(folder, "still.jpg");
  writeFileSync(picture, tinyJpeg({ width: 48, height: 32 }));
  const program = await startReloading(t, 'cameras: { door: "fake#fps=10" }');
  const live = await liveClient(t, program.url);
  const id = live.subscribe("door");
  const stream = watchStream(t, `${program.url}/video_feed`);
  await until("both watch", () => live.of(id).length > 0 && stream.pictures.length > 0);
  const before = await program.report("door");
  assert.equal(
    tail(await program.reload(`cameras: { door: "picture:${picture}#title=Still" }`)),
    "door changed, 0 untouched",
  );
  const now = await until("the frame is shown", async () => {
    const report = await program.report("door");
    return report.width === 48 ? report : undefined;
  });
  assert.deepEqual([now.driver, now.title, now.restarts], ["picture", "Still", 0]);
  assert.deepEqual(
    now.viewers.map(({ id }) => id),
    before.viewers.map(({ id }) => id),
  );
  assert.ok(now.frames > before.frames, "it goes on counting");
  await until("a viewer has it", () => stream.pictures.at(-1)?.equals(tinyJpeg({ width: 48, height: 32 })));
  await until("and a viewer of /live", () =>
    live
      .of(id)
      .at(-1)
      ?.jpeg.equals(tinyJpeg({ width: 48, height: 32 })),
  );
  assert.deepEqual(program.logOf("door"), ["opened", "live", "released", "opened", "live"]);
  assert.deepEqual(live.said.at(-1), { type: "cameras", cameras: [{ name: "door", title: "Still" }] });
});

test("a new title, linger or always takes effect at once, without opening the camera again", async (t) => {
  const program = await startReloading(t, 'cameras: { door: "fake#fps=10" }');
  const stream = watchStream(t, `${program.url}/video_feed`, { keep: false });
  await until("it is watched", () => stream.pictures.length > 0);
  await program.reload('linger: 20ms\ncameras: { door: "fake#fps=10#title=Front#always=true" }');
  assert.equal((await program.report("door")).title, "Front");
  stream.leave();
  await until("nobody watches", async () => (await program.report("door")).viewers.length === 0);
  assert.deepEqual(program.logOf("door"), ["opened", "live"]);
  await program.reload('linger: 20ms\ncameras: { door: "fake#fps=10#title=Front" }');
  await until("it is released", () => program.logOf("door").at(-1) === "released");
  await program.reload('linger: 20ms\ncameras: { door: "fake#fps=10#title=Front#always=true" }');
  await until("it is open again", () => program.logOf("door").at(-1) === "live");
});

test("a camera that lingers, fails, or starts can be changed and removed", async (t) => {
  const silent = await listen(
    t,
    createServer(() => {}),
  );
  const missing = await freePort();
  const file = (rest: string) =>
    `linger: 1h\ncameras: { door: "fake#fps=10", lost: "http://127.0.0.1:${missing}/#fps=5", mute: "${silent}/#fps=5", ${rest} }`;
  const program = await startReloading(t, file("z: fake"));
  const streams = ["lost", "mute"].map((name) => watchStream(t, `${program.url}/cameras/${name}/video_feed?strict`));
  await (await fetch(`${program.url}/snapshot.jpg`)).arrayBuffer();
  await until("one lingers, one fails and one is starting", async () => {
    const [door, lost, mute] = await program.cameras();
    return door?.state === "live" && lost?.state === "retrying" && mute?.state === "starting";
  });
  const said = await program.reload(
    'linger: 1h\ncameras: { door: "fake#fps=5", lost: "fake#fps=10", mute: "fake#fps=10", z: fake }',
  );
  assert.equal(tail(said), "door changed, lost changed, mute changed, 1 untouched");
  await until("pictures come", () => streams.every(({ pictures }) => pictures.length > 2));
  assert.equal((await program.report("door")).state, "idle");
  await program.reload(file("z: fake"));
  await until("they are as before", async () => {
    const [, lost, mute] = await program.cameras();
    return lost?.state === "retrying" && mute?.state === "starting";
  });
  await program.reload("linger: 1h\ncameras: { z: fake }");
  await until("their streams have ended", () => streams.every(({ ended }) => ended));
  assert.deepEqual(names(await program.cameras()), ["z"]);
});

const WRONG: [what: string, yaml: string, why: RegExp][] = [
  ["is not YAML", "cameras: { door: fake", /is not YAML: .+/],
  [
    "has an unknown setting",
    "paint: red\ncameras: { door: fake }",
    /paint: there is no such option\. A file takes host, port, /,
  ],
  ["has a name twice", "cameras:\n  door: fake\n  door: fake\n", /is not YAML: Map keys must be unique/],
  [
    "has an unknown kind of camera",
    "cameras: { door: telescope }",
    /door, driver: "telescope" is invalid\. It must be one of fake, /,
  ],
  [
    "names a missing file",
    'cameras: { door: fake, yard: "picture:/no/such.jpg" }',
    /camera yard: there is no file or folder at "\/no\/such.jpg"/,
  ],
  [
    "has an output of an unknown camera",
    'cameras: { door: fake }\noutputs: ["yard=tcp-listen:1"]',
    /outputs\[0\], camera: "yard" is invalid\. It must be one of door\./,
  ],
  ["has no camera", "cameras: {}", /cameras: \{\} is invalid\. It must name at least one camera/],
  [
    "is wrong twice",
    "cameras: { door: telescope }\nmax-viewers: many",
    /these settings are wrong: .*max-viewers: .* must be .*; .*telescope/,
  ],
];

test("a file that cannot be used changes nothing, and the log says why in a sentence", async (t) => {
  const good = 'cameras: { door: "fake#fps=10", hall: fake }\noutputs: ["tcp-listen:127.0.0.1:0"]';
  const program = await startReloading(t, good);
  const stream = watchStream(t, `${program.url}/video_feed`, { keep: false });
  await until("it is watched", () => stream.pictures.length > 0);
  const before = await program.report("door");
  for (const [what, yaml, why] of WRONG) {
    const said = await program.reload(yaml);
    assert.match(said, /Reload of \S+stillstream\.yaml failed, and nothing changed: \S/, what);
    assert.match(said, why, what);
    assert.doesNotMatch(said, /\n/, what);
  }
  const after = await program.report("door");
  assert.deepEqual([names(await program.cameras()), stream.ended], [["door", "hall"], false]);
  assert.deepEqual([after.viewers[0]?.id, after.outputs.length], [before.viewers[0]?.id, 1]);
  assert.equal(tail(await program.reload(good)), "nothing changed");
  assert.deepEqual(program.logOf("door"), ["opened", "live"]);
});

test("settings that need a restart are named, and flags still override the file", async (t) => {
  const server = await startReloading(t, "cameras: { door: fake }", ["--title", "Ours"]);
  await server.reload("max-viewers: 7\ntitle: Theirs\nbase-path: /x\nport: 1\nlinger: 3s\ncameras: { door: fake }");
  assert.ok(server.logOf().includes("Settings changed that apply after a restart: base-path, max-viewers"));
  await server.reload("cameras: { door: fake, yard: fake }");
  assert.deepEqual(names(await server.cameras()), ["door", "yard"]);
  const given = await startReloading(t, "cameras: { door: fake }", ["hall=fake"]);
  await given.reload("cameras: { yard: fake }");
  assert.deepEqual(names(await given.cameras()), ["hall"]);
});

test("without a file there is nothing to reload, and the log says so", async (t) => {
  const server = await startServer(t, ["fake"]);
  await server.reload();
  assert.match(server.errors(), /Reload skipped: there is no configuration file/);
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
});

test("the program reads a file behind links, as Kubernetes mounts one, at SIGHUP and by itself", {
  skip,
}, async (t) => {
  const folder = temporaryFolder(t);
  const put = (version: string, yaml: string) => {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, "stillstream.yaml"), yaml);
    symlinkSync(version, join(folder, "..new"));
    renameSync(join(folder, "..new"), join(folder, "..data"));
  };
  put("..1", "cameras: { door: fake }");
  symlinkSync(join("..data", "stillstream.yaml"), join(folder, "stillstream.yaml"));
  const program = await startProgram(t, ["--config", join(folder, "stillstream.yaml")]);
  put("..2", "cameras: { door: fake, yard: fake }");
  rmSync(join(folder, "..1"), { recursive: true });
  program.process.kill("SIGHUP");
  await until("it is taken at the signal", () => /yard added, 1 untouched/.test(program.errors()));
  put("..3", "cameras: { yard: fake }");
  rmSync(join(folder, "..2"), { recursive: true });
  await until("it is taken without a signal", () => /door removed, 1 untouched/.test(program.errors()));
});

test("a configuration from a pipe cannot be read again, and is not waited for", {
  skip: skip || needs("mkfifo", "coreutils"),
}, async (t) => {
  const fifo = join(temporaryFolder(t), "pipe");
  execFileSync("mkfifo", [fifo]);
  const writing = writeFile(fifo, "cameras: { yard: fake }");
  const program = await startProgram(t, ["--config", fifo]);
  await writing;
  program.process.kill("SIGHUP");
  await until("the log says so", () => /Reload skipped: there is no configuration file/.test(program.errors()));
  const { cameras } = (await (await fetch(`${program.url}/api/cameras`)).json()) as { cameras: { name: string }[] };
  assert.deepEqual(names(cameras), ["yard"]);
});

/** Runs a program on its own terminal; sends SIGHUP twice: by kill, and by closing the terminal. */
const ON_TERMINAL = `
import os, pty, signal, sys, time
pid, master = pty.fork()
if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
text = b""
def read_until(word):
    global text
    while word not in text: text += os.read(master, 4096)
read_until(b"On this machine")
time.sleep(0.3)
os.kill(pid, signal.SIGHUP)
read_until(b"Reload skipped")
os.close(master)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

test("a closed terminal ends the program", { skip: skip || needs("python3") }, () => {
  const program = [process.execPath, MAIN, "--host=127.0.0.1", "--port=0", "fake"];
  const output = execFileSync(PYTHON, ["-c", ON_TERMINAL, ...program], { encoding: "utf8", timeout: 30_000 });
  // By that signal: WTERMSIG 1.
  assert.equal(output.trim(), "-1");
});

test("outputs and message receivers come and go, and clients of an unchanged one stay connected", async (t) => {
  const [stays, goes, moves] = [await freePort(), await freePort(), await freePort()];
  const program = await startReloading(
    t,
    `cameras: { door: "fake#fps=10", yard: fake }
outputs: ["door=tcp-listen:127.0.0.1:${stays}", "door=tcp-listen:127.0.0.1:${goes}", "door=tcp-listen:127.0.0.1:${moves}#quality=50"]
messages: ["yard=udp-listen:127.0.0.1:0"]`,
  );
  await until("they listen", () => program.errors().match(/Listening on port/g)?.length === 3);
  const [staying, going, moving] = [
    await connectPeer(t, stays),
    await connectPeer(t, goes),
    await connectPeer(t, moves),
  ];
  await Promise.all([staying.received(1000), going.received(1000), moving.received(1000)]);
  const said = await program.reload(
    `cameras: { door: "fake#fps=10", yard: fake }
outputs: ["door=tcp-listen:127.0.0.1:${stays}", "yard=tcp-listen:127.0.0.1:${moves}#quality=90"]`,
  );
  assert.equal(tail(said), "door changed, yard changed, 0 untouched");
  await Promise.all([going.closed(), moving.closed()]);
  const had = staying.bytes().length;
  await until("the unchanged one goes on", () => staying.bytes().length > had + 1000);
  const moved = await connectPeer(t, moves);
  await moved.received(1000);
  const [door, yard] = await program.cameras();
  assert.deepEqual([door?.outputs.length, yard?.outputs.length], [1, 1]);
  assert.doesNotMatch(program.errors(), /trying again/);
});

test("a port that moves from one camera to another is told apart from a port in use", async (t) => {
  const [one, other, taken] = [await freePort(), await freePort(), await freePort()];
  const blocker = createServer();
  await once(blocker.listen(taken, "127.0.0.1"), "listening");
  t.after(() => blocker.close());
  const file = (a: number, b: number) => `cameras: { a: "tcp-listen:127.0.0.1:${a}", b: "tcp-listen:127.0.0.1:${b}" }`;
  const program = await startReloading(t, file(one, other));
  assert.equal(tail(await program.reload(file(other, one))), "a changed, b changed, 0 untouched");
  assert.deepEqual(
    (await program.cameras()).map(({ restarts }) => restarts),
    [0, 0],
  );
  assert.match(await program.reload(file(other, taken)), /camera b: port \d+ is in use by another program/);
  assert.match(await program.reload(file(one, one)), /port \d+ is in use by another program/);
});

test("a publisher goes on while its camera is unchanged, and is told when it is changed or removed", async (t) => {
  const program = await startReloading(t, "cameras: { phone: push, yard: fake }");
  const send = async () => {
    const socket = new WebSocket(`${program.url.replace("http", "ws")}/cameras/phone/frames`);
    t.after(() => socket.terminate());
    await once(socket, "open");
    const closed = once(socket, "close").then(([code, reason]) => [code, String(reason)]);
    return { socket, closed };
  };
  const first = await send();
  first.socket.send(tinyJpeg({ width: 32, height: 16 }));
  await once(first.socket, "message");
  await program.reload("cameras: { phone: push, gate: fake }");
  first.socket.send(tinyJpeg({ width: 32, height: 16 }));
  await once(first.socket, "message");
  await program.reload('cameras: { phone: "push#stall=3s", gate: fake }');
  assert.deepEqual(await first.closed, [1001, "The camera has been changed."]);
  const second = await send();
  second.socket.send(tinyJpeg({ width: 32, height: 16 }));
  await once(second.socket, "message");
  assert.equal((await program.report("phone")).frames, 3);
  await program.reload("cameras: { gate: fake }");
  assert.deepEqual(await second.closed, [1001, "The camera has been removed."]);
});

test("however fast the file changes, its last content counts in the end", async (t) => {
  const server = await startReloading(t, "cameras: { door: fake }");
  for (let count = 0; count < 20; count++) {
    void server.reload(`cameras: { door: fake, yard-${count}: "fake#always=true" }`);
    if (count % 3 === 0) await setImmediate();
  }
  await until("the last content is used", async () => names(await server.cameras()).join() === "door,yard-19");
});

test("a changed file is read again by itself, however it is replaced, once it is whole", async (t) => {
  const time = virtualTime(t);
  const server = await startReloading(t, "cameras: { door: fake }");
  server.watch("cameras: { door: fake }");
  let seen = 0;
  const said = async () => {
    const text = await time.until("the log reports a reload", () => server.reloads()[seen]);
    seen++;
    return text;
  };
  server.write("cameras: { door: fake, yard: fake }");
  assert.equal(tail(await said()), "yard added, 1 untouched");
  writeFileSync(server.path, "cameras: { door: fake } # as before, and a word\n");
  assert.equal(tail(await said()), "yard removed, 1 untouched");
  writeFileSync(server.path, "# another\ncameras: { door: fake }\n");
  assert.equal(tail(await said()), "nothing changed");
  // It reads the file every 2 s, and 500 ms after a change: once while it is gone, once in part.
  unlinkSync(server.path);
  await time.advance(2000);
  writeFileSync(server.path, "cameras: { door: fak");
  await time.advance(500);
  writeFileSync(server.path, "cameras: { door: fake, gate: fake }\n");
  assert.equal(tail(await said()), "gate added, 1 untouched");
  unlinkSync(server.path);
  assert.match(await said(), /failed, and nothing changed: --config: .* does not exist\. Name a file that exists\.$/);
  server.write("cameras: { gate: fake }");
  assert.equal(tail(await said()), "door removed, 1 untouched");
});

test("reloads leave no descriptor, child, thread or mapping behind", {
  skip: needs("ffmpeg") || (process.platform !== "linux" && "counts in /proc"),
}, async (t) => {
  const clip = makeClip(t, "video.avi");
  const port = await freePort();
  const file = (count: number) =>
    `
cameras:
  door: "fake#fps=5"
  clip: "ffmpeg:${clip}#loop=true#always=true#stall=${10 + (Math.floor(count / 6) % 2)}s"
  ${count % 3 === 0 ? "gate: tcp-listen:127.0.0.1:0" : ""}
outputs: ["clip=tcp-listen:127.0.0.1:${port}#quality=${50 + (count % 2)}"]
messages: ["clip=udp-listen:127.0.0.1:${count % 2}"]
`.replace("127.0.0.1:1", "127.0.0.1:0");
  const server = await startReloading(t, file(0));
  const stream = watchStream(t, `${server.url}/cameras/clip/video_feed`, { keep: false });
  const live = await liveClient(t, server.url);
  live.subscribe("clip", { query: "width=160" });
  const settled = async () => {
    const [had, hadLive] = [stream.pictures.length, live.pictures.length];
    // Small ones too: the first of them loads sharp.
    await until(
      "the clip is shown",
      () => stream.pictures.length > had + 5 && live.pictures.slice(hadLive).some(({ isCard }) => !isCard),
    );
    return holdings(process.pid);
  };
  for (let count = 1; count <= 6; count++) await server.reload(file(count));
  const before = await settled();
  for (let count = 1; count <= 12; count++) {
    assert.match(await server.reload(file(count)), /clip changed/);
    if (count % 6 === 0) await settled();
  }
  await until("no more is held than before", async () => {
    const now = await settled();
    return (
      now.descriptors <= before.descriptors && now.children <= before.children && now.mappings <= before.mappings + 2
    );
  });
  assert.equal(stream.ended, false);
});

/** Returns the result of a reload, without the file's name. */
function tail(text: string): string {
  return text.replace(/^Configuration reloaded from \S+: /, "");
}
