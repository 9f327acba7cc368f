import { readdir, readFile, readlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describeError } from "../../util/errors.ts";
import { Device } from "./device.ts";
import { type Format, readFormats } from "./formats.ts";
import { loadSystem } from "./system.ts";

/** A camera of this machine. */
export interface FoundCamera {
  /** Where it is now, such as `/dev/video0`. */
  readonly path: string;
  /** Its name in /dev/v4l/by-id, which stays when it is plugged in elsewhere; null where it has none. */
  readonly byId: string | null;
  /** What it calls itself. */
  readonly card: string;
  /** Where it is plugged in; empty when that is not known. */
  readonly bus: string;
  readonly formats: readonly Format[];
  /** What to give on the command line. */
  readonly camera: string;
  /** Why no more is known of it, such as missing permission; null when all is well. */
  readonly problem: string | null;
}

/** What the address of a camera may be: nothing that a shell, ffmpeg or a file system would take for more than a name. */
export const ADDRESS = /^(?!.*\.\.)(\d{1,3}|\/dev\/[\w.:+@/-]{1,200}|[\w.:+@-]{1,200})$/;

/**
 * Every camera of this machine, in the order of their numbers: codecs, metadata nodes and the like are passed over. `dev`
 * is for tests.
 */
export async function listCameras(dev = "/dev"): Promise<FoundCamera[]> {
  const names = await namesById(dev);
  const canAsk = await loadSystem().then(
    () => true,
    () => false,
  );
  const found: FoundCamera[] = [];
  for (const path of await videoNodes(dev)) {
    const camera = canAsk ? await describeDevice(path) : await describeFromSysfs(path);
    if (camera === undefined) continue;
    const byId = names.get(path) ?? null;
    found.push({ ...camera, path, byId, camera: `webcam:${byId !== null && ADDRESS.test(byId) ? byId : path}` });
  }
  return found;
}

/** The device file that an address means now; undefined, for the first camera there is, when there is none. */
export async function resolveAddress(address: string | undefined, dev = "/dev"): Promise<string | undefined> {
  if (address === undefined) return await firstCamera(dev);
  if (/^\d+$/.test(address)) return join(dev, `video${address}`);
  if (/^video\d+$/.test(address)) return join(dev, address);
  return address.startsWith("/") ? address : join(dev, "v4l", "by-id", address);
}

async function firstCamera(dev: string): Promise<string | undefined> {
  for (const path of await videoNodes(dev)) if ((await describeDevice(path)) !== undefined) return path;
  return undefined;
}

type DeviceDescription = Pick<FoundCamera, "card" | "bus" | "formats" | "problem">;

/** What a device says of itself; undefined when it is no camera. */
async function describeDevice(path: string): Promise<DeviceDescription | undefined> {
  let device: Device;
  try {
    device = await Device.open(path);
  } catch (error) {
    // It may be a camera: better said than kept silent.
    return (await describeFromSysfs(path)) && { card: "", bus: "", formats: [], problem: describeError(error) };
  }
  try {
    if (!(await device.isCamera())) return undefined;
    const formats = await readFormats(device);
    const { card, bus } = device.info;
    return formats.length === 0 ? undefined : { card, bus, formats, problem: null };
  } catch (error) {
    return { card: device.info.card, bus: device.info.bus, formats: [], problem: describeError(error) };
  } finally {
    await device.close();
  }
}

/**
 * What sysfs knows of a device that cannot be opened or asked: its name, and which of its camera's nodes it is. Pictures
 * come from the first; codecs and image processors are known by their names.
 */
async function describeFromSysfs(path: string): Promise<DeviceDescription | undefined> {
  const folder = join("/sys/class/video4linux", path.replace(/^.*\//, ""));
  const read = async (name: string) => (await readFile(join(folder, name), "utf8").catch(() => "")).trim();
  const [card, index] = await Promise.all([read("name"), read("index")]);
  if (card === "" || index !== "0" || /codec|isp|dec|enc|pispbe|m2m/i.test(card)) return undefined;
  return { card, bus: "", formats: [], problem: null };
}

/** Paths of /dev/video0 and so on, by number. */
async function videoNodes(dev: string): Promise<string[]> {
  const names = await readdir(dev).catch(() => []);
  const numbers = names.flatMap((name) => /^video(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  return numbers.sort((a, b) => a - b).map((number) => join(dev, `video${number}`));
}

/** Names in /dev/v4l/by-id, by the path each leads to. */
async function namesById(dev: string): Promise<Map<string, string>> {
  const folder = join(dev, "v4l", "by-id");
  const names = (await readdir(folder).catch(() => [])).sort();
  const pairs = names.map(async (name): Promise<[string, string]> => {
    const target = await readlink(join(folder, name)).catch(() => "");
    return [resolve(folder, target), name];
  });
  return new Map(await Promise.all(pairs));
}
