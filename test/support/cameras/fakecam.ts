import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { tinyJpeg } from "../images/jpegs.ts";
import { ROOT } from "../paths.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { needs } from "../tools.ts";

/** For a test's `skip`: why there is no emulated camera here, or false. */
export const NEEDS_FAKECAM = process.platform === "linux" ? needs("cc", "gcc libc6-dev") : "emulates a Linux camera";

/** An emulated camera for programs that are started with its environment. */
export interface FakeCamera {
  readonly env: Readonly<Record<string, string>>;
  /** Its device file, which only those programs see. */
  readonly path: string;
  /** Its frames of the first size, in turn. */
  readonly pictures: readonly Buffer[];
  unplug(): void;
  plug(): void;
}

export interface FakeCameraOptions {
  /** In pixels. @default ["1280x720"] */
  readonly sizes?: readonly string[];
  readonly path?: string;
  /**
   * Whether it is the second of two cameras; the programs then need the environment of both.
   * @default false
   */
  readonly second?: boolean;
  /**
   * Files of its frames, all of one size. The options below then do not apply. @default drawn
   * frames that cannot be decoded
   */
  readonly pictures?: readonly Buffer[];
  /** How many frames before they repeat. @default 60 */
  readonly count?: number;
  /** Approximate bytes of a frame. @default 20000 */
  readonly bytes?: number;
  /** More settings, including faults: the names of fakecam/README.md without their prefix. */
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** Builds a camera for one test. */
export function fakeCamera(t: TestContext, options: FakeCameraOptions = {}): FakeCamera {
  const { sizes = ["1280x720"], path = "/dev/video0", count = 60, bytes = 20_000, second = false, env } = options;
  const folder = temporaryFolder(t);
  const pictures = sizes.map((size) => {
    const shown = options.pictures ?? drawPictures(size, count, bytes);
    writePictures(join(folder, "pictures", size), shown);
    return shown;
  });
  const unplugFile = join(folder, "unplugged");
  const settings = {
    DIR: join(folder, "pictures"),
    DEV: path,
    STATE: join(folder, "state"),
    UNPLUG_FILE: unplugFile,
    ...options.settings,
  };
  const prefix = second ? "FAKECAM2_" : "FAKECAM_";
  const named = Object.entries(settings).map(([name, value]) => [prefix + name, String(value)]);
  return {
    env: { LD_PRELOAD: library(), ...Object.fromEntries(named), ...env },
    path,
    pictures: pictures[0] as readonly Buffer[],
    unplug: () => writeFileSync(unplugFile, ""),
    plug: () => rmSync(unplugFile, { force: true }),
  };
}

/**
 * Runs a module beside the camera and returns the arguments of its calls of `print`. `src` imports
 * one of our files, as in `await src("drivers/webcam/webcam.ts")`.
 */
export async function beside(camera: FakeCamera, code: string): Promise<unknown[]> {
  const source = new URL("../../../src/", import.meta.url).href;
  const script = [
    `const src = (file) => import(${JSON.stringify(source)} + file.replace(/ts$/, "js"));`,
    'const print = (value) => process.stdout.write(JSON.stringify(value) + "\\n");',
    code,
  ].join("\n");
  const args = ["--input-type=module", "-e", script];
  const env = { ...process.env, ...camera.env };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [status] = (await once(child, "close")) as [number | null];
  if (status !== 0) throw new Error(`It ended with ${status}: ${stderr}`);
  return stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as unknown]));
}

function writePictures(folder: string, pictures: readonly Buffer[]): void {
  mkdirSync(folder, { recursive: true });
  for (const [index, jpeg] of pictures.entries()) {
    writeFileSync(join(folder, `${String(index).padStart(4, "0")}.jpg`), jpeg);
  }
}

function drawPictures(size: string, count: number, bytes: number): Buffer[] {
  const [width, height] = size.split("x").map(Number) as [number, number];
  return Array.from({ length: count }, (_, index) => {
    const scan = Buffer.alloc(bytes + index * 7, index + 1);
    return tinyJpeg({ label: `${size} ${index}`, width, height, scan });
  });
}

let built: string | undefined;

/** The emulator, compiled once for the tests of a file. */
function library(): string {
  if (built !== undefined) return built;
  const folder = mkdtempSync(join(tmpdir(), "stillstream-fakecam-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const source = join(ROOT, "test", "support", "cameras", "fakecam", "fakecam.c");
  built = join(folder, "fakecam.so");
  const flags = ["-std=gnu17", "-O1", "-fPIC", "-shared", "-fvisibility=hidden"];
  execFileSync("cc", [...flags, "-o", built, source, "-ldl", "-lpthread"]);
  return built;
}
