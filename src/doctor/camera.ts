import type { Camera } from "../core/camera.ts";
import type { Frame } from "../core/frame.ts";
import { pause } from "../util/abort.ts";
import { asSentence } from "../util/errors.ts";
import { type Finding, note, ok, problem } from "./finding.ts";
import { fixCamera } from "./fix-camera.ts";

/** What the options request of a camera; undefined for what they leave open. */
export interface Requested {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly fps?: number | undefined;
}

/** How long to wait for the first frame. RTSP takes some seconds. */
const FIRST_MS = 10_000;

/** How long to watch from then on. */
const WATCH_MS = 3000;

/** The most time to watch, for a camera that sends no second frame in `WATCH_MS`. */
const SLOW_MS = 8000;

/** How often to poll the camera's status while no frame comes. */
const POLL_MS = 50;

/** A lower share of the requested rate gets a note: cameras round rates, and drop whole frames. */
const NEARLY = 0.8;

/** Watches a camera for some seconds, and checks whether frames come, their rate and their size. */
export async function examineCamera(camera: Camera, requested: Requested): Promise<Finding[]> {
  const about = camera.title;
  const before = camera.status();
  const leave = new AbortController();
  const watching = watch(camera, leave);
  try {
    const outcome = await firstFrame(camera, watching);
    if (outcome === "waiting") {
      const { waitingFor } = camera.status();
      return [note("picture", about, `${waitingFor}.`, "Nothing is wrong here: start the publisher.")];
    }
    if (outcome === "none") return [problem("picture", about, ...noFrames(camera))];
    await pause(WATCH_MS, leave.signal);
    const deadline = performance.now() + SLOW_MS - WATCH_MS;
    while (watching.count < 2 && performance.now() < deadline) await pause(POLL_MS, leave.signal);
    return measure(camera, watching, { requested, droppedBefore: before.dropped });
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

/** Counts new frames only: older ones are of another run. */
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

async function firstFrame(camera: Camera, watching: Watching): Promise<"came" | "waiting" | "none"> {
  const { restarts } = camera.status();
  const deadline = performance.now() + FIRST_MS;
  // A camera that waits for a publisher says so at once, and has not failed.
  while (performance.now() < deadline) {
    if (watching.first !== undefined) return "came";
    const status = camera.status();
    if (status.waitingFor !== null) return "waiting";
    if (status.restarts > restarts) return "none";
    await pause(POLL_MS, new AbortController().signal);
  }
  return "none";
}

function noFrames(camera: Camera): [what: string, fix: string] {
  const { lastError, state } = camera.status();
  const error = state === "retrying" ? lastError?.message : undefined;
  const what = error ?? `no frame came within ${FIRST_MS / 1000} s`;
  return [`The camera sends no frames: ${asSentence(what)}`, fixCamera(what)];
}

interface Measure {
  readonly requested: Requested;
  readonly droppedBefore: number;
}

function measure(camera: Camera, { first, last, count }: Watching, { requested, droppedBefore }: Measure): Finding[] {
  const about = camera.title;
  const status = camera.status();
  const { width, height } = status;
  const seconds = ((last?.at ?? 0) - (first?.at ?? 0)) / 1000;
  const frames = (last?.seq ?? 0) - (first?.seq ?? 0);
  const fps = count < 2 || seconds <= 0 ? undefined : frames / seconds;
  const said = status.note === null ? "" : ` (${status.note})`;
  const rate = fps === undefined ? `at less than one frame in ${SLOW_MS / 1000} s` : `at ${round(fps)} fps`;
  const findings = [ok("picture", about, `Frames come, ${width}×${height}, ${rate}${said}.`)];
  if (fps !== undefined && requested.fps !== undefined && fps < requested.fps * NEARLY) {
    const what = `The camera sends ${round(fps)} fps, but its options request ${requested.fps} fps.`;
    findings.push(note("rate", about, what, SLOW));
  }
  const isSize = (have: number | null, want: number | undefined) => want === undefined || have === want;
  if (!isSize(width, requested.width) || !isSize(height, requested.height)) {
    const what = `The frames are ${width}×${height}, but the options request ${requested.width ?? "any"}×${requested.height ?? "any"}.`;
    findings.push(
      note("size", about, what, "Request a size that the camera offers: `stillstream devices` lists them."),
    );
  }
  const lost = status.dropped - droppedBefore;
  if (lost > 0) {
    const what = `${lost} frames came damaged or not at all, and viewers do not get them.`;
    findings.push(
      note("damage", about, what, "Check its cable, its USB hub and its network, or request a smaller size."),
    );
  }
  return findings;
}

const SLOW =
  "Webcams halve their rate in the dark: add light, turn off exposure_dynamic_framerate in the controls, or request a smaller size.";

function round(fps: number): number {
  return fps < 10 ? Math.round(fps * 10) / 10 : Math.round(fps);
}
