import type { TestContext } from "node:test";
import sharp from "sharp";
import type { Camera } from "../../../src/core/camera.ts";
import type { CameraControls } from "../../../src/core/controls.ts";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { pause } from "../../../src/util/abort.ts";
import { testCamera } from "../serve.ts";

/** Bright and all different, so that movement and dimming show in any one pixel. */
const COLORS = ["#ffb080", "#80d0ff", "#90f0a0", "#f0f080", "#f0a0f0"];

/** A camera of plain colors, and its faults. */
export interface Scene {
  readonly camera: Camera;
  /** Makes the camera fail with that message again and again. */
  fail(message: string): void;
  recover(): void;
  /** Stops the frames without a failure. */
  stop(): void;
}

export interface SceneOptions {
  readonly name?: string;
  readonly title?: string;
  readonly fps?: number;
  readonly width?: number;
  readonly height?: number;
  /** Whether all frames look the same. @default false */
  readonly still?: boolean;
  readonly controls?: CameraControls | undefined;
  /** The stall time. @default 10000 */
  readonly stallMs?: number;
}

/** Makes a camera whose frames each have another color. */
export function makeScene(
  t: TestContext,
  {
    name = "porch",
    title = "Front porch",
    fps = 5,
    width = 640,
    height = 360,
    still = false,
    controls,
    stallMs = 10_000,
  }: SceneOptions = {},
): Scene {
  let broken: string | undefined;
  let stopped = false;
  const camera = testCamera(t, {
    name,
    title,
    // As in the program: each snapshot of a wall subscribes for a short time only.
    lingerMs: 10_000,
    stallMs,
    controls,
    async *open({ signal }) {
      const pictures = await Promise.all(COLORS.map((background) => plainJpeg(width, height, background)));
      for (let count = 0; !signal.aborted; count++) {
        if (broken !== undefined) throw new Error(broken);
        if (!stopped) yield pictures[still ? 0 : count % pictures.length] as Buffer;
        await pause(1000 / fps, signal);
      }
    },
  });
  return {
    camera,
    fail: (message) => {
      broken = message;
    },
    recover: () => {
      [broken, stopped] = [undefined, false];
    },
    stop: () => {
      stopped = true;
    },
  };
}

/** Makes several, named one to six. */
export function makeScenes(t: TestContext, count: number): [Camera, ...Camera[]] {
  const names = ["one", "two", "three", "four", "five", "six"].slice(0, count);
  return names.map((name) => makeScene(t, { name, title: name }).camera) as [Camera, ...Camera[]];
}

/** Returns what the API reports about a camera. */
export async function reportOf(url: string, name = "porch"): Promise<CameraReport> {
  return (await (await fetch(`${url}/api/cameras/${name}`)).json()) as CameraReport;
}

/** The pictures of all scenes of this process, by size and color. */
const encoded = new Map<string, Promise<Buffer>>();

function plainJpeg(width: number, height: number, background: string): Promise<Buffer> {
  const key = `${width} ${height} ${background}`;
  const jpeg =
    encoded.get(key) ??
    sharp({ create: { width, height, channels: 3, background } })
      .jpeg()
      .toBuffer();
  encoded.set(key, jpeg);
  return jpeg;
}
