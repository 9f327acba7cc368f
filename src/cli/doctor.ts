import { cameraRedactor, checkCamera, createInlet, partsOf } from "../app/create-camera.ts";
import type { CameraConfig, Config } from "../config/schema.ts";
import { Camera } from "../core/camera.ts";
import { examine, type Patient } from "../doctor/examine.ts";
import { MessageLog } from "../messages/message-log.ts";
import { describeError } from "../util/errors.ts";
import { silentLog } from "../util/log/logger.ts";
import { isWell, reportText } from "./doctor-report.ts";

/** `stillstream doctor`: examines what would be served, without serving it. `isWell` is false when there is a problem. */
export async function runDoctor({ settings, cameras }: Config): Promise<{ text: string; isWell: boolean }> {
  const patients = await Promise.all(cameras.map(admit));
  try {
    for (const { camera } of patients) camera.start();
    const examination = await examine({ settings, cameras: patients, listeningPort: undefined });
    return { text: reportText(examination), isWell: isWell(examination) };
  } finally {
    await Promise.all(patients.map(({ camera }) => camera.close()));
  }
}

async function admit(config: CameraConfig): Promise<Patient> {
  const obstacle = await checkCamera(config).then(
    () => null,
    (error: unknown) => describeError(error, (text) => cameraRedactor(config).hideKnown(text)),
  );
  const parts = { messages: new MessageLog(), inlet: createInlet(config), log: silentLog() };
  return {
    config,
    obstacle,
    camera: new Camera(partsOf(obstacle === null ? config : { ...config, always: false }, parts)),
  };
}
