import { fileURLToPath } from "node:url";
import type { Programs } from "./native.ts";
import { freePort, type Running, SERVER_CPU, startServer } from "./processes.ts";

/** A kind of server to measure. */
export interface Contender {
  readonly name: string;
  /** Starts one on a free port. */
  prepare(): Promise<Prepared>;
}

interface Prepared {
  readonly argv: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** The file for its output. */
  readonly log: string;
  readonly port: number;
  /** URL of its stream. */
  readonly path: string;
}

/** A server that listens. */
export interface Server extends Prepared {
  readonly name: string;
  readonly running: Running;
}

/** The servers to compare. */
export interface Contenders {
  readonly ours: Contender;
  /** Ours with an emulated webcam instead of the camera of the bench. */
  readonly webcam: Contender;
  readonly fanout: Contender;
  /** The server, or why it cannot run here. */
  readonly ustreamer: Contender | string;
}

/** The linger time of stillstream in the bench: the default is too long to wait. */
export const LINGER_MS = 1000;

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** Starts a new server; resolves when it listens. */
export async function launch({ name, prepare }: Contender): Promise<Server> {
  const prepared = await prepare();
  const running = await startServer(prepared.argv, prepared.port, { cpu: SERVER_CPU, ...prepared });
  return { name, ...prepared, running };
}

/**
 * stillstream as built, with the camera of the bench. Several cameras are all that camera, and are
 * never released.
 */
export function stillstream(sourcePort: number, folder: string, count = 1): Contender {
  const address = `http://127.0.0.1:${sourcePort}/stream`;
  const several = Array.from({ length: count }, (_, index) => `camera-${index + 1}=${address}#always=true`);
  const cameras = count === 1 ? [`bench=${address}`] : several;
  return {
    name: "stillstream",
    async prepare() {
      const port = await freePort();
      const options = ["--host=127.0.0.1", `--port=${port}`, `--linger=${LINGER_MS}ms`, "--log-level=warn"];
      const argv = [process.execPath, MAIN, ...options, ...cameras];
      return { argv, port, path: "/video_feed", log: `${folder}/stillstream.log` };
    },
  };
}

/** A bare C fan-out of the same camera: the minimum of work. */
export function fanout(programs: Programs, sourcePort: number, folder: string): Contender {
  return {
    name: "bare C",
    async prepare() {
      const port = await freePort();
      const argv = [programs.fanout, String(port), String(sourcePort)];
      return { argv, port, path: "/", log: `${folder}/fanout.log` };
    },
  };
}

/**
 * An emulated webcam for one program: it plays the frames of the bench with the same timestamps.
 */
export interface Webcam {
  readonly path: string;
  /** The program's environment. */
  readonly env: NodeJS.ProcessEnv;
}

export function emulateWebcam(fakecam: string, frames: string, fps: number, folder: string): Webcam {
  const path = "/dev/video0";
  const pictures = { FAKECAM_DIR: frames, FAKECAM_FPS: String(fps), FAKECAM_STAMP: "1", FAKECAM_DEV: path };
  return { path, env: { ...pictures, FAKECAM_STATE: `${folder}/fakecam.state`, LD_PRELOAD: fakecam } };
}

/** stillstream as built, capturing a webcam directly. */
export function stillstreamOn({ path, env }: Webcam, folder: string): Contender {
  return {
    name: "stillstream",
    async prepare() {
      const port = await freePort();
      const options = ["--host=127.0.0.1", `--port=${port}`, `--linger=${LINGER_MS}ms`, "--log-level=warn"];
      const argv = [process.execPath, MAIN, ...options, `webcam:${path}#width=1280#height=720#fps=30`];
      return { argv, env, port, path: "/video_feed", log: `${folder}/stillstream-webcam.log` };
    },
  };
}

/** ustreamer passing on a webcam's own JPEGs. */
export function ustreamer({ path, env }: Webcam, folder: string): Contender {
  const capture = [`--device=${path}`, "--format=MJPEG", "--encoder=HW", "--resolution=1280x720", "--desired-fps=30"];
  return {
    name: "ustreamer",
    async prepare() {
      const port = await freePort();
      const argv = ["ustreamer", ...capture, "--host=127.0.0.1", `--port=${port}`, "--tcp-nodelay"];
      return { argv, env, port, path: "/stream", log: `${folder}/ustreamer.log` };
    },
  };
}
