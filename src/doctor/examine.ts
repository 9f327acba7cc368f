import { type CameraConfig, type Settings, servesTls } from "../config/schema.ts";
import { stateDirOf } from "../config/state-dir.ts";
import type { Camera } from "../core/camera.ts";
import { asSentence, describeError, SetupError } from "../util/errors.ts";
import { examineCamera, type Requested } from "./camera.ts";
import { inspectClock, judgeClock } from "./clock.ts";
import { inspectDevices, judgeDevices } from "./devices.ts";
import { type Examination, type Finding, note, problem } from "./finding.ts";
import { inspectLimits, judgeLimits } from "./limits.ts";
import { inspectNetwork, judgeNetwork } from "./network.ts";
import { inspectPrograms, judgePrograms } from "./programs.ts";
import { inspectStorage, judgeStorage } from "./storage.ts";

/** `problem`: why it can never work; null if it can. */
export interface ExaminedCamera {
  readonly camera: Camera;
  readonly config: CameraConfig;
  readonly obstacle: string | null;
}

export interface ExamineOptions {
  readonly settings: Settings;
  readonly cameras: readonly ExaminedCamera[];
  /** Undefined without a running server. */
  readonly listeningPort: number | undefined;
}

/** A small machine may not manage all at once. */
const AT_A_TIME = 4;

/** Looks for faults that viewers notice, in cameras and machine. Takes some seconds. */
export async function examine(parts: ExamineOptions): Promise<Examination> {
  const at = Date.now();
  const [cameras, machine] = await Promise.all([examineCameras(parts), examineMachine(parts)]);
  return { at, findings: [...cameras, ...machine] };
}

async function examineCameras({ cameras }: ExamineOptions): Promise<Finding[]> {
  const findings: Finding[][] = cameras.map(() => []);
  const waiting = [...cameras.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, examined] = next;
      findings[index] = await examineOne(examined);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return findings.flat();
}

async function examineOne({ camera, config, obstacle }: ExaminedCamera): Promise<Finding[]> {
  if (obstacle !== null) {
    return [
      problem(
        "picture",
        camera.title,
        `The camera cannot work: ${asSentence(obstacle)}`,
        "Correct its address or options.",
      ),
    ];
  }
  return await examineCamera(camera, requestedOf(config));
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
        "This user has no home, so there is no folder for the certificate and the key of tokens.",
        "Choose a folder with --state-dir.",
      ),
    ];
  }
}

function requestedOf({ options }: CameraConfig): Requested {
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
        "Report it to the authors of stillstream.",
      ),
    ];
  });
}
