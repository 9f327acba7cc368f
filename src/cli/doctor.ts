import { cameraOptions, cameraRedactor, checkCamera, createPublisherSlot } from "../app/create-camera.ts";
import { registries } from "../app/registries.ts";
import { parseFlags } from "../config/flags.ts";
import { loadConfig } from "../config/load.ts";
import { Problems } from "../config/problems.ts";
import type { CameraConfig } from "../config/schema.ts";
import { Camera } from "../core/camera.ts";
import { type ExaminedCamera, examine } from "../doctor/examine.ts";
import { findCamera } from "../drivers/list-devices.ts";
import { MessageLog } from "../messages/message-log.ts";
import { describeError } from "../util/errors.ts";
import { silentLog } from "../util/log/logger.ts";
import { doctorReport, isWell } from "./doctor-report.ts";

/**
 * Examines what the server would serve, without serving it. Sets exit status 1 if there is a
 * problem. @throws SetupError for wrong settings (exit 2).
 */
export async function doctor(args: readonly string[]): Promise<string> {
  const problems = new Problems();
  const flags = parseFlags(args, problems);
  const { settings, cameras } = await loadConfig({ flags, env: process.env, registries, problems, findCamera });
  const examined = await Promise.all(cameras.map(prepareCamera));
  try {
    for (const { camera } of examined) camera.start();
    const examination = await examine({ settings, cameras: examined, listeningPort: undefined });
    process.exitCode = isWell(examination) ? 0 : 1;
    return doctorReport(examination);
  } finally {
    await Promise.all(examined.map(({ camera }) => camera.close()));
  }
}

async function prepareCamera(config: CameraConfig): Promise<ExaminedCamera> {
  const obstacle = await checkCamera(config).then(
    () => null,
    (error: unknown) => describeError(error, (text) => cameraRedactor(config).hideKnown(text)),
  );
  const deps = { messages: new MessageLog(), publisherSlot: createPublisherSlot(config), log: silentLog() };
  const options = cameraOptions(obstacle === null ? config : { ...config, always: false }, deps);
  return { config, obstacle, camera: new Camera(options) };
}
