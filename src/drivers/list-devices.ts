import { printableLine } from "../util/printable.ts";
import { knownPiCameras } from "./rpicam/known-pi-cameras.ts";
import { listPiCameras, type PiCamera } from "./rpicam/list-pi-cameras.ts";
import type { Format, Rate, Size } from "./v4l2/formats.ts";
import { type FoundCamera, listCameras } from "./v4l2/list-cameras.ts";

/** Lists V4L2 devices, then the Raspberry Pi's own cameras. */
export async function devicesText(): Promise<string> {
  if (process.platform !== "linux") return "Cameras can be listed on Linux only. Elsewhere use `ffmpeg -devices`.\n";
  const [devices, piCameras] = await Promise.all([listCameras(), listPiCameras()]);
  const texts = [...withoutPiNodes(devices, piCameras).map(describeCamera), ...piCameras.map(describePiCamera)];
  return texts.length === 0 ? "No camera was found on this machine.\n" : texts.join("\n");
}

export interface ListedCamera extends Omit<FoundCamera, "path"> {
  /** Null for the Raspberry Pi's own cameras. */
  readonly path: string | null;
  /** ms since the epoch; null while it streams. */
  readonly listedAt: number | null;
}

/** Lists cameras in the order of `devices`. */
export async function listDevices(): Promise<readonly ListedCamera[]> {
  if (process.platform !== "linux") return [];
  const [devices, { cameras, listedAt, unlisted }] = await Promise.all([listCameras(), knownPiCameras()]);
  const now = Date.now();
  return [
    ...withoutPiNodes(devices, [...cameras, ...unlisted]).map((device) => ({ ...device, listedAt: now })),
    ...cameras.map((camera) => ({ ...listedPiCamera(camera), listedAt })),
    ...unlisted.map((number) => ({ ...UNLISTED, camera: `rpicam:${number}` })),
  ];
}

/** It was streaming at every query. */
const UNLISTED = {
  ...{ path: null, byId: null, card: "", bus: "", formats: [], listedAt: null },
  problem: "Its sizes are listed once no camera of the Raspberry Pi streams here",
} as const;

/** By its sensor's modes, from which any smaller size and rate is made. */
function listedPiCamera({ sensor, id, modes, camera }: PiCamera): Omit<ListedCamera, "listedAt"> {
  const sizes = modes.map(({ width, height, fps }) => ({
    ...{ width, height, maxWidth: width, maxHeight: height, stepWidth: 1, stepHeight: 1 },
    rates: [{ fps: Math.min(1, fps), max: fps }],
  }));
  const formats = [{ fourcc: "MJPG", description: "Motion-JPEG", sizes }];
  return { path: null, byId: null, card: sensor, bus: id, formats, camera, problem: null };
}

/**
 * Returns the first camera. A webcam was plugged in to be used, and needs no program of half a
 * second.
 */
export async function findCamera(): Promise<{ camera: string; what: string } | undefined> {
  if (process.platform !== "linux") return undefined;
  const devices = await listCameras().catch(() => []);
  const first = devices[0];
  if (first !== undefined && !isPiNode(first)) return describeFound(first);
  const { cameras: piCameras } = await knownPiCameras();
  const [device] = withoutPiNodes(devices, piCameras);
  if (device !== undefined) return describeFound(device);
  const [pi] = piCameras;
  return pi && { camera: pi.camera, what: `${pi.sensor}, the Raspberry Pi's camera ${pi.index}` };
}

function describeFound({ camera, card, path }: FoundCamera): { camera: string; what: string } {
  return { camera, what: card === "" ? path : `${card} at ${path}` };
}

/**
 * Leaves out the Pi's receivers if its program lists the camera behind them: they give raw Bayer
 * data. libcamera does not know HDMI adapters, so those stay.
 */
export function withoutPiNodes<D extends Pick<FoundCamera, "card">>(
  devices: readonly D[],
  piCameras: readonly unknown[],
): readonly D[] {
  return piCameras.length === 0 ? devices : devices.filter((device) => !isPiNode(device));
}

/**
 * Raspberry Pi up to 4, and 5 (querycap in drivers/media/platform of Linux:
 * broadcom/bcm2835-unicam.c, raspberrypi/rp1_cfe, raspberrypi/pisp_be).
 */
function isPiNode({ card }: Pick<FoundCamera, "card">): boolean {
  return /^(unicam|rp1-cfe|pispbe|bcm2835-(unicam|isp|codec))/.test(card);
}

function describePiCamera({ index, sensor, id, modes, camera }: PiCamera): string {
  const sizes = modes.map(({ width, height, fps }) => `    ${`${width}x${height}`.padEnd(12)}  up to ${fps} fps`);
  const head = modes.length === 0 ? [] : ["  MJPG  any size; the sensor is read at"];
  return `${[printableLine(`Raspberry Pi camera ${index}  ${sensor} (${id})`), `  stillstream ${camera}`, ...head, ...sizes].join("\n")}\n`;
}

function describeCamera({ path, card, bus, formats, camera, problem }: FoundCamera): string {
  const title = printableLine(`${path}  ${[card, bus === "" ? "" : `(${bus})`].filter(Boolean).join(" ")}`.trimEnd());
  const lines = [title, `  stillstream ${printableLine(camera)}`];
  if (problem !== null) lines.push(`  ${printableLine(problem)}`);
  for (const format of formats) lines.push(...describeFormat(format));
  return `${lines.join("\n")}\n`;
}

function describeFormat({ fourcc, description, sizes }: Format): string[] {
  const head = printableLine(`  ${fourcc}  ${description}`);
  return [head, ...sizes.map((size) => `    ${describeSize(size).padEnd(12)}${describeRates(size.rates)}`)];
}

function describeSize({ width, height, maxWidth, maxHeight }: Size): string {
  const isOne = width === maxWidth && height === maxHeight;
  return isOne ? `${width}x${height}` : `${width}x${height} to ${maxWidth}x${maxHeight}`;
}

function describeRates(rates: readonly Rate[]): string {
  const round = (fps: number) => Math.round(fps * 100) / 100;
  const texts = rates.map(({ fps, max }) => (fps === max ? `${round(fps)}` : `${round(fps)} to ${round(max)}`));
  return texts.length === 0 ? "" : `  ${texts.join(", ")} fps`;
}
