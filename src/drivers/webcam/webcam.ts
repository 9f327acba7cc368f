import { ControlError, type ControlValues } from "../../core/controls.ts";
import { SetupError } from "../../util/errors.ts";
import { defineDriver } from "../driver.ts";
import { readControls } from "../v4l2/controls.ts";
import type { Device } from "../v4l2/device.ts";
import { explainError } from "../v4l2/explain-error.ts";
import { writeControls } from "../v4l2/set-controls.ts";
import { linuxCamera, obstacleToV4l2, openDevice, rememberControls } from "./linux-camera.ts";
import { nonLinuxCamera, requireProgram } from "./non-linux-camera.ts";
import { controlValues, givenOptions, webcamOptions } from "./options.ts";
import { isSnapshotPlatform } from "./snapshot-programs.ts";

export const webcam = defineDriver({
  summary: "a USB or built-in camera: on Linux directly, elsewhere through ffmpeg or node-webcam snapshots",
  address: "DEVICE",
  options: webcamOptions,
  async check(options) {
    if ((await obstacleToV4l2()) !== undefined) {
      if (isSnapshotPlatform(process.platform)) await requireProgram(process.platform);
      return;
    }
    // A camera may be plugged in later.
    const device = await openDevice(options).catch(() => undefined);
    try {
      if (device !== undefined) await checkControls(device, controlValues(options));
    } finally {
      await device?.close();
    }
  },
  open(options, context) {
    const { platform } = process;
    if (platform === "linux") return linuxCamera(options, context);
    if (isSnapshotPlatform(platform)) {
      return nonLinuxCamera(platform, options.address, options, givenOptions(options), context);
    }
    throw new Error(`Cameras are not supported on ${platform}. Try the driver ffmpeg.`);
  },
  async controls(options) {
    const device = await openDevice(options);
    try {
      return await readControls(device);
    } catch (error) {
      throw await explainError(error, device.path, "open");
    } finally {
      await device.close();
    }
  },
  async setControls(options, values) {
    const device = await openDevice(options);
    try {
      rememberControls(options, await writeControls(device, values));
    } catch (error) {
      throw await explainError(error, device.path, "open");
    } finally {
      await device.close();
    }
  },
});

async function checkControls(device: Device, values: ControlValues): Promise<void> {
  if (Object.keys(values).length === 0) return;
  await writeControls(device, values).catch((error) => {
    if (error instanceof ControlError) throw new SetupError(error.message, 2);
  });
}
