import { readdir, readFile, readlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describeError } from "../../util/errors.ts";
import { Device } from "./device.ts";
import { type Format, readFormats } from "./formats.ts";
import { loadSystem } from "./system.ts";

export interface FoundCamera {
  readonly path: string;
  /** In /dev/v4l/by-id. */
  readonly byId: string | null;
  readonly card: string;
  /** Empty if unknown. */
  readonly bus: string;
  readonly formats: readonly Format[];
  readonly camera: string;
  /** Such as missing permission. */
  readonly problem: string | null;
}

/** Matches addresses that are harmless to shell, ffmpeg and file system. */
export const ADDRESS = /^(?!.*\.\.)(\d{1,3}|\/dev\/[\w.:+@/-]{1,200}|[\w.:+@-]{1,200})$/;

/** Omits codecs, metadata nodes and the like. `dev` is for tests. */
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

/** Returns the first camera by default; undefined if there is none. */
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

async function describeDevice(path: string): Promise<DeviceDescription | undefined> {
  let device: Device;
  try {
    device = await Device.open(path);
  } catch (error) {
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
 * Describes a device that cannot be opened. Frames come from a camera's first node; codecs and
 * image processors are known by their names.
 */
async function describeFromSysfs(path: string): Promise<DeviceDescription | undefined> {
  const folder = join("/sys/class/video4linux", path.replace(/^.*\//, ""));
  const read = async (name: string) => (await readFile(join(folder, name), "utf8").catch(() => "")).trim();
  const [card, index] = await Promise.all([read("name"), read("index")]);
  if (card === "" || index !== "0" || /codec|isp|dec|enc|pispbe|m2m/i.test(card)) return undefined;
  return { card, bus: "", formats: [], problem: null };
}

async function videoNodes(dev: string): Promise<string[]> {
  const names = await readdir(dev).catch(() => []);
  const numbers = names.flatMap((name) => /^video(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  return numbers.sort((a, b) => a - b).map((number) => join(dev, `video${number}`));
}

async function namesById(dev: string): Promise<Map<string, string>> {
  const folder = join(dev, "v4l", "by-id");
  const names = (await readdir(folder).catch(() => [])).sort();
  const pairs = names.map(async (name): Promise<[string, string]> => {
    const target = await readlink(join(folder, name)).catch(() => "");
    return [resolve(folder, target), name];
  });
  return new Map(await Promise.all(pairs));
}
