import { cameraOptions, cameraRedactor, checkCamera, createPublisherSlot } from "../app/create-camera.ts";
import type { CameraConfig, Config } from "../config/schema.ts";
import { Camera } from "../core/camera.ts";
import { type ExaminedCamera, examine } from "../doctor/examine.ts";
import { MessageLog } from "../messages/message-log.ts";
import { describeError } from "../util/errors.ts";
import { silentLog } from "../util/log/logger.ts";
import { doctorReport, isWell } from "./doctor-report.ts";

/** `stillstream doctor`: examines what would be served, without serving it. `isWell` is false when there is a problem. */
export async function runDoctor({ settings, cameras }: Config): Promise<{ text: string; isWell: boolean }> {
  const patients = await Promise.all(cameras.map(prepareCamera));
  try {
    for (const { camera } of patients) camera.start();
    const examination = await examine({ settings, cameras: patients, listeningPort: undefined });
    return { text: doctorReport(examination), isWell: isWell(examination) };
  } finally {
    await Promise.all(patients.map(({ camera }) => camera.close()));
  }
}

async function prepareCamera(config: CameraConfig): Promise<ExaminedCamera> {
  const obstacle = await checkCamera(config).then(
    () => null,
    (error: unknown) => describeError(error, (text) => cameraRedactor(config).hideKnown(text)),
  );
  const parts = { messages: new MessageLog(), publisherSlot: createPublisherSlot(config), log: silentLog() };
  return {
    config,
    obstacle,
    camera: new Camera(cameraOptions(obstacle === null ? config : { ...config, always: false }, parts)),
  };
}
