import { type CameraConfig, type Settings, servesTls } from "../config/schema.ts";
import { stateDirOf } from "../config/state-dir.ts";
import type { Camera } from "../core/camera.ts";
import { asSentence, describeError, SetupError } from "../util/errors.ts";
import { type Asked, type CameraTimes, examineCamera } from "./camera.ts";
import { inspectClock, judgeClock } from "./clock.ts";
import { inspectDevices, judgeDevices } from "./devices.ts";
import { type Examination, type Finding, note, problem } from "./finding.ts";
import { inspectLimits, judgeLimits } from "./limits.ts";
import { inspectNetwork, judgeNetwork } from "./network.ts";
import { inspectPrograms, judgePrograms } from "./programs.ts";
import { inspectStorage, judgeStorage } from "./storage.ts";

/** A camera, what was asked of it, and what its driver found at start that can never work; null when nothing was. */
export interface ExaminedCamera {
  readonly camera: Camera;
  readonly config: CameraConfig;
  readonly obstacle: string | null;
}

export interface ExamineOptions {
  readonly settings: Settings;
  readonly cameras: readonly ExaminedCamera[];
  /** The port the server listens on; undefined while it does not run. */
  readonly listeningPort: number | undefined;
  readonly times?: CameraTimes;
}

/** How many cameras are opened at a time: a small machine that shows one well may not manage all. */
const AT_A_TIME = 4;

/** Looks for what would make a viewer unhappy: cameras first, then the machine. Takes some seconds. */
export async function examine(parts: ExamineOptions): Promise<Examination> {
  const at = Date.now();
  const [cameras, machine] = await Promise.all([examineCameras(parts), examineMachine(parts)]);
  return { at, findings: [...cameras, ...machine] };
}

async function examineCameras({ cameras, times }: ExamineOptions): Promise<Finding[]> {
  const findings: Finding[][] = cameras.map(() => []);
  const waiting = [...cameras.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, patient] = next;
      findings[index] = await examinePatient(patient, times);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return findings.flat();
}

async function examinePatient({ camera, config, obstacle }: ExaminedCamera, times?: CameraTimes): Promise<Finding[]> {
  if (obstacle !== null) {
    return [
      problem(
        "picture",
        camera.title,
        `It can never work: ${asSentence(obstacle)}`,
        "Mend its address or options, as it says.",
      ),
    ];
  }
  return await examineCamera(camera, askedOf(config), times);
}

async function examineState(stateDir: string | undefined, isUsed: boolean): Promise<Finding[]> {
  try {
    return judgeStorage(await inspectStorage(stateDirOf(stateDir, process.env), isUsed));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    const bad = isUsed ? problem : note;
    return [
      bad(
        "state",
        "State folder",
        "This user has no home, and so no folder for state.",
        "Name a folder with --state-dir.",
      ),
    ];
  }
}

/** What the options ask for, where the driver has such. */
function askedOf({ options }: CameraConfig): Asked {
  const number = (name: string) => (typeof options[name] === "number" ? options[name] : undefined);
  return { width: number("width"), height: number("height"), fps: number("fps") };
}

async function examineMachine({ settings, cameras, listeningPort }: ExamineOptions): Promise<Finding[]> {
  const { host, port, basePath, maxViewers, stateDir, tlsSelfSigned } = settings;
  const place = {
    host,
    port: listeningPort ?? port,
    basePath,
    scheme: servesTls(settings) ? ("https" as const) : ("http" as const),
  };
  const drivers = cameras.map(({ config }) => config.driver);
  const checks = [
    inspectDevices().then((facts) => judgeDevices(facts)),
    inspectPrograms(drivers).then(judgePrograms),
    inspectClock().then(judgeClock),
    inspectNetwork(place, { isListening: listeningPort !== undefined }).then(judgeNetwork),
    inspectLimits(maxViewers).then(judgeLimits),
    examineState(stateDir, tlsSelfSigned),
  ];
  const results = await Promise.allSettled(checks);
  return results.flatMap((result) => {
    if (result.status === "fulfilled") return result.value;
    return [
      problem(
        "doctor",
        "The doctor",
        `A check failed: ${asSentence(describeError(result.reason))}`,
        "Tell stillstream's authors.",
      ),
    ];
  });
}
