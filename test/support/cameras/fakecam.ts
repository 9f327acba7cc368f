import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import koffi from "koffi";
import { tinyJpeg } from "../images/jpegs.ts";
import { ROOT } from "../paths.ts";
import { type Ending, temporaryFolder } from "../temporary-folder.ts";
import { needs } from "../tools.ts";

/** For a test's `skip`: why there is no emulated camera here, or false. */
export const NEEDS_FAKECAM = process.platform === "linux" ? needs("cc", "gcc libc6-dev") : "emulates a Linux camera";

/** Is compiled before the tests, and loaded into the processes of test/drivers/. */
const LIBRARY = join(ROOT, ".build", "fakecam.so");

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

/** Makes a camera for programs that a test starts. */
export function fakeCamera(t: Ending, options: FakeCameraOptions = {}): FakeCamera {
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
    env: { LD_PRELOAD: LIBRARY, ...Object.fromEntries(named), ...env },
    path,
    pictures: pictures[0] as readonly Buffer[],
    unplug: () => writeFileSync(unplugFile, ""),
    plug: () => rmSync(unplugFile, { force: true }),
  };
}

/** Before all tests. */
const ENVIRONMENT = { ...process.env };

let cameras = 0;

/**
 * Plugs a camera into this process, and into the programs it starts, until the test ends. By
 * default its path is its own, since the process remembers controls. Another one replaces it,
 * unless that is the second.
 */
export function ownCamera(t: Ending, options: FakeCameraOptions = {}): FakeCamera {
  const camera = fakeCamera(t, { path: `/dev/video${cameras++}`, ...options });
  Object.assign(process.env, camera.env);
  reload();
  t.after(() => {
    for (const name of Object.keys(camera.env)) restore(name, ENVIRONMENT[name]);
    reload();
  });
  return camera;
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** The emulator reads its settings at the start of a process, and when it is told to. */
function reload(): void {
  koffi.load(null).func("void fakecam_reload()")();
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
