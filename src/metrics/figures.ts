import type { Camera } from "../core/camera.ts";
import type { CameraSet } from "../core/camera-set.ts";
import type { CameraStatus } from "../core/camera-status.ts";
import type { Limits } from "../http/limits/limits.ts";
import type { Refusals } from "../http/limits/refusals.ts";
import type { ViewerStatus } from "../http/streaming/viewer-status.ts";
import type { Viewers } from "../http/streaming/viewers.ts";
import type { OutputStatus } from "../outputs/output-runner.ts";
import type { Variants } from "../transform/variants.ts";

export interface CameraFigures {
  readonly status: CameraStatus;
  readonly viewers: readonly ViewerStatus[];
  readonly totals: ReturnType<Viewers["totals"]>;
  readonly variants: Variants;
  readonly outputs: readonly OutputStatus[];
}

export interface Figures {
  readonly cameras: readonly CameraFigures[];
  /** Since the start, because all slots were taken. */
  readonly viewersRefused: number;
  readonly refusals: Refusals;
  readonly connections: number;
  readonly logLinesLost: number;
}

export interface FigureSources {
  readonly cameras: CameraSet;
  readonly viewers: Viewers;
  readonly variants: (camera: Camera) => Variants;
  readonly outputsOf: (camera: string) => readonly OutputStatus[];
  readonly refusals: Refusals;
  readonly limits: Pick<Limits, "connections">;
  readonly linesLost?: (() => number) | undefined;
}

export function readFigures(sources: FigureSources): Figures {
  const { cameras, viewers, variants, outputsOf, refusals, limits, linesLost = () => 0 } = sources;
  return {
    cameras: cameras.list.map((camera) => ({
      status: camera.status(),
      viewers: viewers.status(camera.name),
      totals: viewers.totals(camera.name),
      variants: variants(camera),
      outputs: outputsOf(camera.name),
    })),
    viewersRefused: viewers.refused,
    refusals,
    connections: limits.connections,
    logLinesLost: linesLost(),
  };
}
