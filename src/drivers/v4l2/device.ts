import { constants } from "node:os";
import { CAPABILITY, INPUT, type RequestName, V4L2, VIDIOC } from "./abi.ts";
import { explainError } from "./explain-error.ts";
import { Struct } from "./struct.ts";
import { closeDevice, loadSystem, openDevice, type System, SystemError } from "./system.ts";

/** VIDIOC_QUERYCAP. */
export interface DeviceInfo {
  /** Such as `uvcvideo`. */
  readonly driver: string;
  /** Such as `HD Pro Webcam C920`. */
  readonly card: string;
  /** Such as `usb-0000:00:14.0-1`. */
  readonly bus: string;
  /** Of this node, not of its whole device. */
  readonly capabilities: number;
}

/** An open video device; only one captures. */
export class Device {
  readonly path: string;
  readonly fd: number;
  readonly system: System;
  readonly info: DeviceInfo;

  private constructor(path: string, fd: number, system: System, identity: DeviceInfo) {
    this.path = path;
    this.fd = fd;
    this.system = system;
    this.info = identity;
  }

  /** @throws if it is missing, forbidden, or no video device. */
  static async open(path: string): Promise<Device> {
    const system = await loadSystem();
    const fd = await openDevice(path).catch(async (error) => {
      throw await explainError(error, path, "open");
    });
    try {
      return new Device(path, fd, system, await identify(system, fd));
    } catch (error) {
      await closeDevice(fd);
      throw await explainError(error, path, "open");
    }
  }

  async close(): Promise<void> {
    await closeDevice(this.fd);
  }

  /** @throws SystemError */
  async call(name: RequestName, { bytes }: Struct<string>): Promise<void> {
    const errno = await this.system.ioctl(this.fd, VIDIOC[name], bytes);
    if (errno !== 0) throw new SystemError(`VIDIOC_${name}`, errno);
  }

  /** Returns false if it does not exist. @throws SystemError */
  async has(name: RequestName, argument: Struct<string>): Promise<boolean> {
    const errno = await this.system.ioctl(this.fd, VIDIOC[name], argument.bytes);
    if (errno === 0) return true;
    if (NOT_THERE.has(errno)) return false;
    throw new SystemError(`VIDIOC_${name}`, errno);
  }

  /**
   * Returns whether it is a camera: no metadata or output node, no codec, nothing that media-ctl
   * must set up.
   */
  async isCamera(): Promise<boolean> {
    const { capabilities, driver } = this.info;
    const has = (flag: number) => (capabilities & flag) !== 0;
    if (!has(V4L2.CAP_VIDEO_CAPTURE) || !has(V4L2.CAP_STREAMING)) return false;
    // v4l2loopback without exclusive_caps is input and output.
    if (NOT_A_CAMERA.some(has) && driver !== "v4l2 loopback") return false;
    // The Raspberry Pi's image processor.
    if (driver.startsWith("bcm2835-isp")) return false;
    return await this.has("ENUMINPUT", new Struct(INPUT));
  }
}

const NOT_THERE: ReadonlySet<number> = new Set([
  constants.errno.EINVAL,
  constants.errno.ENOTTY,
  constants.errno.ENODATA,
]);

const NOT_A_CAMERA = [
  V4L2.CAP_VIDEO_M2M,
  V4L2.CAP_VIDEO_M2M_MPLANE,
  V4L2.CAP_VIDEO_OUTPUT,
  V4L2.CAP_VIDEO_OUTPUT_MPLANE,
  V4L2.CAP_IO_MC,
];

async function identify(system: System, fd: number): Promise<DeviceInfo> {
  const answer = new Struct(CAPABILITY);
  const errno = await system.ioctl(fd, VIDIOC.QUERYCAP, answer.bytes);
  if (errno !== 0) throw new SystemError("VIDIOC_QUERYCAP", errno);
  const ofAll = answer.get("capabilities");
  return {
    driver: answer.text("driver", 16),
    card: answer.text("card", 32),
    bus: answer.text("bus_info", 32),
    capabilities: (ofAll & V4L2.CAP_DEVICE_CAPS) === 0 ? ofAll : answer.get("device_caps"),
  };
}
