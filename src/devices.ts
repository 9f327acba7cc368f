import { type FoundCamera, listCameras } from "./drivers/v4l2/find.ts";
import type { Format, Rate, Size } from "./drivers/v4l2/formats.ts";

/** What `stillstream devices` prints: each camera of this machine, what it offers, and what to write to use it. */
export async function devicesText(): Promise<string> {
  if (process.platform !== "linux") return "Cameras are listed on Linux only; see `ffmpeg -devices` for others.\n";
  const cameras = await listCameras();
  if (cameras.length === 0) return "No camera was found on this machine.\n";
  return cameras.map(describeCamera).join("\n");
}

/** The cameras of this machine; none where there is no way to ask. */
export async function listDevices(): Promise<readonly FoundCamera[]> {
  return process.platform === "linux" ? await listCameras() : [];
}

/** The camera to show when none was given, and what to say about it; undefined where there is none. */
export async function findCamera(): Promise<{ camera: string; what: string } | undefined> {
  if (process.platform !== "linux") return undefined;
  const [first] = await listCameras().catch(() => []);
  if (first === undefined) return undefined;
  return { camera: first.camera, what: first.card === "" ? first.path : `${first.card} at ${first.path}` };
}

function describeCamera({ path, card, bus, formats, camera, problem }: FoundCamera): string {
  const title = `${path}  ${[card, bus === "" ? "" : `(${bus})`].filter(Boolean).join(" ")}`.trimEnd();
  const lines = [title, `  stillstream ${camera}`];
  if (problem !== null) lines.push(`  ${problem}`);
  for (const format of formats) lines.push(...describeFormat(format));
  return `${lines.join("\n")}\n`;
}

function describeFormat({ fourcc, description, sizes }: Format): string[] {
  const head = `  ${fourcc}  ${description}`;
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
