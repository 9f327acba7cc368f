/*
 * Finds the files that a frame of a plain stream passes: runs the program of a checkout and counts
 * function calls.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { get } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

/** The fps of the fake camera: far more often than any timer. */
const FPS = 50;

/** How many frames to count for. */
const FRAMES = 500;

/**
 * A function is on the path if it runs for at least this share of the frames. The newest frame
 * replaces one that waits, so some frames are skipped.
 */
const SHARE = 0.9;

/** Functions that V8 and tsx add. */
const GENERATED = new Set(["__name", "<instance_members_initializer>", "<static_initializer>"]);

/** How often a function ran, or the part of it that ran most often. */
export interface CallCount {
  readonly url: string;
  readonly name: string;
  readonly count: number;
  /** The first characters of its source. */
  readonly head: string;
}

export interface FramePath {
  /** Names of the functions that ran once a frame, by file. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  /**
   * The functions among them that wrap an async iterable: async generators, and `next` of
   * iterators.
   */
  readonly wrappers: readonly string[];
}

/**
 * Runs the program of the checkout `root` with one camera of `driver` and one viewer of its plain
 * stream.
 */
export async function framePath(root: string, driver: "fake" | "tcp-connect"): Promise<FramePath> {
  // The program refuses to start without the bundles of its pages.
  if (existsSync(join(root, "scripts", "build-pages.mjs")))
    execFileSync("npm", ["run", "--silent", "build"], { cwd: root });
  const preload = fileURLToPath(new URL("call-counts.mjs", import.meta.url));
  const source = driver === "tcp-connect" ? await serveFrames(root) : undefined;
  const camera = source === undefined ? `fake#fps=${FPS}` : `tcp-connect:127.0.0.1:${source.port}`;
  const program = [join(root, "src", "main.ts"), "--host", "127.0.0.1", "--port", "0", "--log-level", "error", camera];
  const child = spawn(process.execPath, ["--import", "tsx", "--import", preload, ...program], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  try {
    const stream = await openStream(await portOf(child));
    await readParts(stream, FPS);
    await takeCounts(child);
    await readParts(stream, FRAMES);
    const counts = await takeCounts(child);
    stream.destroy();
    return pathOf(root, counts);
  } finally {
    child.kill("SIGKILL");
    source?.close();
  }
}

function pathOf(root: string, counts: readonly CallCount[]): FramePath {
  const files = new Map<string, string[]>();
  const wrappers: string[] = [];
  for (const { url, name, head, count } of counts) {
    if (count < FRAMES * SHARE || name === "" || GENERATED.has(name)) continue;
    const file = relative(root, fileURLToPath(url));
    files.set(file, [...(files.get(file) ?? []), name]);
    if (/^(static )?async( function)? ?\*/.test(head) || name === "next") wrappers.push(`${file} ${name}`);
  }
  return { files, wrappers };
}

/** Sends one image again and again, JPEG after JPEG, to each client that connects. */
async function serveFrames(root: string) {
  const jpeg = readFileSync(join(root, "public", "fake", "1.jpg"));
  const server = createServer((socket) => {
    const timer = setInterval(() => socket.write(jpeg), 1000 / FPS);
    socket.once("close", () => clearInterval(timer)).on("error", () => socket.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

async function portOf(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout as Readable })) {
    const [, port] = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line) ?? [];
    if (port !== undefined) return port;
  }
  throw new Error("The program ended before it served.");
}

async function openStream(port: string): Promise<Readable> {
  const [response] = await once(get(`http://127.0.0.1:${port}/video_feed`), "response");
  return response;
}

/** Resolves when `count` more parts have begun. */
function readParts(stream: Readable, count: number): Promise<void> {
  let left = count;
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      left -= chunk.toString("latin1").split("Content-Type: image/jpeg").length - 1;
      if (left > 0) return;
      stream.off("data", read);
      resolve();
    };
    stream.on("data", read).once("error", reject);
  });
}

async function takeCounts(child: ChildProcess): Promise<CallCount[]> {
  child.send("take");
  const [counts] = await once(child, "message");
  return counts;
}
