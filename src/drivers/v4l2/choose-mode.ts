import type { Format, Rate, Size } from "./formats.ts";

/** Undefined is free. */
export interface ModeRequest {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly fps?: number | undefined;
}

export interface Mode {
  readonly fourcc: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

/** The most common HD size at the most common rate. */
const DEFAULT_WIDTH = 1280;
const DEFAULT_HEIGHT = 720;
const DEFAULT_FPS = 30;

/**
 * Returns the nearest mode of a format, by size, then rate. Without a requested size, only sizes
 * that reach the rate count: large raw formats are slow over USB 2.
 */
export function chooseMode({ fourcc, sizes }: Format, request: ModeRequest): Mode {
  const fps = request.fps ?? DEFAULT_FPS;
  const hasSize = request.width !== undefined || request.height !== undefined;
  const wanted = hasSize ? request : { width: DEFAULT_WIDTH, height: DEFAULT_HEIGHT };
  // It answers with its own size.
  if (sizes.length === 0) {
    return { fourcc, width: wanted.width ?? DEFAULT_WIDTH, height: wanted.height ?? DEFAULT_HEIGHT, fps };
  }
  const candidates = sizes.map((size) => ({ ...nearestSize(size, wanted), fps: nearestRate(size.rates, fps) }));
  const bestRate = Math.min(fps, Math.max(...candidates.map((candidate) => candidate.fps)));
  const eligible = hasSize ? candidates : candidates.filter((candidate) => candidate.fps >= bestRate - 0.5);
  const [best] = eligible.sort((a, b) => {
    return distance(a, wanted) - distance(b, wanted) || Math.abs(a.fps - fps) - Math.abs(b.fps - fps);
  });
  return { fourcc, ...(best as { width: number; height: number; fps: number }) };
}

interface Pixels {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

function nearestSize(size: Size, { width, height }: Pixels): { width: number; height: number } {
  // One side alone fixes the other, at 16:9.
  const wantedWidth = width ?? ((height as number) * 16) / 9;
  const wantedHeight = height ?? ((width as number) * 9) / 16;
  return {
    width: nearestStep(wantedWidth, size.width, size.maxWidth, size.stepWidth),
    height: nearestStep(wantedHeight, size.height, size.maxHeight, size.stepHeight),
  };
}

function nearestStep(wanted: number, min: number, max: number, step: number): number {
  const steps = Math.round((Math.min(Math.max(wanted, min), max) - min) / step);
  return Math.min(min + steps * step, min + Math.floor((max - min) / step) * step);
}

function nearestRate(rates: readonly Rate[], wanted: number): number {
  const offered = rates.map(({ fps, max }) => Math.min(Math.max(wanted, fps), max)).filter((fps) => fps > 0);
  if (offered.length === 0) return wanted;
  return offered.reduce((best, fps) => (Math.abs(fps - wanted) < Math.abs(best - wanted) ? fps : best));
}

/** Sums both sides' ratios; a free side counts little. */
function distance(size: { width: number; height: number }, { width, height }: Pixels): number {
  const off = (have: number, want: number) => Math.abs(Math.log(have / want));
  const across = width === undefined ? 0 : off(size.width, width);
  const down = height === undefined ? 0 : off(size.height, height);
  const shape = width === undefined || height === undefined ? off(size.width * 9, size.height * 16) / 1000 : 0;
  return across + down + shape;
}

/** Returns text such as `1280x720 MJPG at 30 fps`. A rate of 0 is unknown. */
export function describeMode({ fourcc, width, height, fps }: Mode): string {
  return `${width}x${height} ${fourcc}${fps > 0 ? ` at ${Math.round(fps * 100) / 100} fps` : ""}`;
}

/** Returns "" if all that was requested is offered. */
export function describeGap(mode: Mode, request: ModeRequest): string {
  const sizeMet = (request.width ?? mode.width) === mode.width && (request.height ?? mode.height) === mode.height;
  const rateMet = request.fps === undefined || mode.fps === 0 || Math.abs(request.fps - mode.fps) < 0.01 * request.fps;
  if (sizeMet && rateMet) return "";
  const size = sizeMet ? [] : [`${request.width ?? "any"}x${request.height ?? "any"}`];
  const rate = rateMet ? [] : [`${request.fps} fps`];
  return `, the nearest it offers to ${[...size, ...rate].join(" at ")}`;
}
