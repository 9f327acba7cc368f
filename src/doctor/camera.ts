import type { Camera } from "../core/camera.ts";
import type { Frame } from "../core/frame.ts";
import { pause } from "../util/abort.ts";
import { asSentence } from "../util/errors.ts";
import { type Finding, note, ok, problem } from "./finding.ts";
import { fixCamera } from "./fix-camera.ts";

/** What was asked of a camera; undefined where nothing was. Pixels, and pictures a second. */
export interface Asked {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly fps?: number | undefined;
}

export interface CameraTimes {
  /** How long to wait for the first picture, in milliseconds. RTSP takes some seconds. @default 10000 */
  readonly firstMs?: number;
  /** How long to watch from then on, in milliseconds. @default 3000 */
  readonly watchMs?: number;
  /** How long at most, for a camera that gives less than a picture in that time. @default 8000 */
  readonly slowMs?: number;
}

/** How often the camera's status is looked at while no picture comes, in milliseconds. */
const POLL_MS = 50;

/** Less than this part of the rate that was asked for is worth a word: rates are rounded, and thinned by whole pictures. */
const NEARLY = 0.8;

/** Watches a camera for some seconds, as any viewer would, and says whether pictures come, how many, and of what size. */
export async function examineCamera(camera: Camera, asked: Asked, times: CameraTimes = {}): Promise<Finding[]> {
  const { firstMs = 10_000, watchMs = 3000, slowMs = 8000 } = times;
  const about = camera.title;
  const before = camera.status();
  const leave = new AbortController();
  const watching = watch(camera, leave);
  try {
    const outcome = await firstPicture(camera, watching, firstMs);
    if (outcome === "waiting") {
      const { waitingFor } = camera.status();
      return [note("picture", about, `${waitingFor}.`, "Nothing is wrong here: start what is to send its pictures.")];
    }
    if (outcome === "none") return [problem("picture", about, ...noPicture(camera, firstMs))];
    await pause(watchMs, leave.signal);
    const deadline = performance.now() + slowMs - watchMs;
    while (watching.count < 2 && performance.now() < deadline) await pause(POLL_MS, leave.signal);
    return measure(camera, watching, { asked, slowMs, droppedBefore: before.dropped });
  } finally {
    leave.abort();
    await watching.ended;
  }
}

interface Watching {
  first: Frame | undefined;
  last: Frame | undefined;
  count: number;
  readonly ended: Promise<void>;
}

/** Frames of before are of another run: the rate is counted from the first that is new. */
function watch(camera: Camera, leave: AbortController): Watching {
  const old = camera.lastFrame?.seq ?? -1;
  const read = async () => {
    for await (const frame of camera.subscribe(leave.signal)) {
      if (frame.seq <= old) continue;
      watching.first ??= frame;
      watching.last = frame;
      watching.count++;
    }
  };
  const watching: Watching = { first: undefined, last: undefined, count: 0, ended: Promise.resolve() };
  return Object.assign(watching, { ended: read().catch(() => {}) });
}

async function firstPicture(camera: Camera, watching: Watching, firstMs: number): Promise<"came" | "waiting" | "none"> {
  const { restarts } = camera.status();
  const deadline = performance.now() + firstMs;
  // A camera that waits says so at once, and one that others send to is not failed by their silence.
  while (performance.now() < deadline) {
    if (watching.first !== undefined) return "came";
    const status = camera.status();
    if (status.waitingFor !== null) return "waiting";
    if (status.restarts > restarts) return "none";
    await pause(POLL_MS, new AbortController().signal);
  }
  return "none";
}

function noPicture(camera: Camera, firstMs: number): [what: string, fix: string] {
  const { lastError, state } = camera.status();
  const error = state === "retrying" ? lastError?.message : undefined;
  const what = error ?? `no picture came in ${firstMs / 1000} s`;
  return [`It gives no picture: ${asSentence(what)}`, fixCamera(what)];
}

interface Measure {
  readonly asked: Asked;
  readonly slowMs: number;
  readonly droppedBefore: number;
}

function measure(
  camera: Camera,
  { first, last, count }: Watching,
  { asked, slowMs, droppedBefore }: Measure,
): Finding[] {
  const about = camera.title;
  const status = camera.status();
  const { width, height } = status;
  const seconds = ((last?.at ?? 0) - (first?.at ?? 0)) / 1000;
  const frames = (last?.seq ?? 0) - (first?.seq ?? 0);
  const fps = count < 2 || seconds <= 0 ? undefined : frames / seconds;
  const said = status.note === null ? "" : ` (${status.note})`;
  const rate =
    fps === undefined ? `at less than a picture in ${slowMs / 1000} s` : `at ${round(fps)} pictures a second`;
  const findings = [ok("picture", about, `Pictures come, ${width}×${height}, ${rate}${said}.`)];
  if (fps !== undefined && asked.fps !== undefined && fps < asked.fps * NEARLY) {
    const what = `It gives ${round(fps)} pictures a second where ${asked.fps} were asked for.`;
    findings.push(note("rate", about, what, SLOW));
  }
  const isSize = (have: number | null, want: number | undefined) => want === undefined || have === want;
  if (!isSize(width, asked.width) || !isSize(height, asked.height)) {
    const what = `Its pictures are ${width}×${height} where ${asked.width ?? "any"}×${asked.height ?? "any"} was asked for.`;
    findings.push(note("size", about, what, "Ask for a size that it offers: `stillstream devices` lists them."));
  }
  const lost = status.dropped - droppedBefore;
  if (lost > 0) {
    const what = `${lost} of its pictures came damaged or not at all, and are not shown.`;
    findings.push(
      note("damage", about, what, "Look at its cable, its hub and its network; a smaller size needs less of each."),
    );
  }
  return findings;
}

const SLOW =
  "Webcams halve their rate in the dark: give it light, or turn off exposure_dynamic_framerate in its controls; else ask for a smaller size.";

function round(fps: number): number {
  return fps < 10 ? Math.round(fps * 10) / 10 : Math.round(fps);
}
