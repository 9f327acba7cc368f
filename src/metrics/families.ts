import { LIMITS, type Limit } from "../http/limits/refusals.ts";
import { RUNG_COUNT } from "../transform/rungs.ts";
import type { Distribution, MetricFamily, Sample } from "./family.ts";
import type { CameraFigures, Figures } from "./figures.ts";

const FRAMINGS = ["length", "advance", "live"] as const;

/** The answers that say that a limit is reached (RFC 9110, 15.6.4; RFC 6585, 4). */
const REFUSALS = [429, 503];

/** Every metric of stillstream's own. docs/reference/metrics.md has them as a table; a test holds the two together. */
export const metricFamilies: readonly MetricFamily<Figures>[] = [
  perCamera("counter", "stillstream_camera_frames_total", "Pictures captured", ({ status }) => status.frames),
  perCamera(
    "counter",
    "stillstream_camera_frames_repaired_total",
    "Pictures captured that had to be mended",
    ({ status }) => status.repaired,
  ),
  perCamera(
    "counter",
    "stillstream_camera_frames_corrupt_total",
    "Pictures that came and could not be shown, or failed when they were asked for",
    ({ status }) => status.dropped,
  ),
  perCamera(
    "counter",
    "stillstream_camera_restarts_total",
    "Failures after which the camera was opened again",
    ({ status }) => status.restarts,
  ),
  perCamera("gauge", "stillstream_camera_online", "1 while pictures come, else 0", ({ status }) =>
    status.online ? 1 : 0,
  ),
  perCamera("gauge", "stillstream_camera_fps", "Pictures captured a second, over the last moments", ({ status }) =>
    status.online ? status.fps : 0,
  ),
  perCamera(
    "gauge",
    "stillstream_camera_last_frame_timestamp_seconds",
    "When the newest picture was captured, in seconds since the epoch; 0 before the first",
    ({ status }) => (status.lastFrameAt ?? 0) / 1000,
  ),
  {
    type: "gauge",
    name: "stillstream_viewers",
    help: "Who watches now, by the framing of their pictures",
    labels: ["camera", "framing"],
    read: eachCamera(({ status, viewers }) =>
      FRAMINGS.map((framing) => ({
        labels: { camera: status.name, framing },
        value: viewers.filter((viewer) => viewer.framing === framing).length,
      })),
    ),
  },
  {
    type: "gauge",
    name: "stillstream_viewers_adaptive",
    help: "Who watches a stream that adapts now, by the rung it stands on",
    labels: ["camera", "rung"],
    read: eachCamera(({ status, viewers }) =>
      Array.from({ length: RUNG_COUNT }, (_, rung) => ({
        labels: { camera: status.name, rung: String(rung) },
        value: viewers.filter((viewer) => viewer.rung === rung).length,
      })),
    ),
  },
  perCamera(
    "counter",
    "stillstream_viewer_frames_sent_total",
    "Pictures that viewers took, repeats and cards included",
    ({ totals }) => totals.frames,
  ),
  perCamera(
    "counter",
    "stillstream_viewer_frames_dropped_total",
    "Pictures that viewers were too slow for",
    ({ totals }) => totals.dropped,
  ),
  perCamera(
    "counter",
    "stillstream_viewer_sent_bytes_total",
    "Bytes of pictures sent to viewers",
    ({ totals }) => totals.bytes,
  ),
  {
    type: "histogram",
    name: "stillstream_viewer_latency_seconds",
    help: "How old new pictures were when a viewer had taken them",
    labels: ["camera"],
    read: ({ cameras }) =>
      cameras.map(({ status, totals }) => ({ labels: { camera: status.name }, thousandths: totals.ages })),
  },
  perCamera(
    "gauge",
    "stillstream_variants",
    "Transforms in use, or used within the last minute",
    ({ variants }) => variants.status().length,
  ),
  {
    type: "histogram",
    name: "stillstream_encode_seconds",
    help: "How long encodes took, by what was asked for; past twelve different wishes `other`",
    labels: ["camera", "variant"],
    read: ({ cameras }) =>
      cameras.flatMap(({ status, variants }) =>
        Array.from(
          variants.times.entries(),
          ([variant, thousandths]): Distribution => ({ labels: { camera: status.name, variant }, thousandths }),
        ),
      ),
  },
  {
    type: "counter",
    name: "stillstream_variants_refused_total",
    help: "Times that all places for transforms were in use, by what one was wanted for: asked for, or a rung",
    labels: ["camera", "purpose"],
    read: eachCamera(({ status, variants }) =>
      Object.entries(variants.refused).map(([purpose, value]) => ({ labels: { camera: status.name, purpose }, value })),
    ),
  },
  perOutput("gauge", "stillstream_output_peers", "Who receives an output's pictures now", ({ peers }) => peers.length),
  perOutput("counter", "stillstream_output_frames_total", "Pictures an output sent", ({ frames }) => frames),
  perOutput(
    "counter",
    "stillstream_output_frames_dropped_total",
    "Pictures that an output could not send, or not in time",
    ({ dropped }) => dropped,
  ),
  perOutput("counter", "stillstream_output_bytes_total", "Bytes an output sent", ({ bytes }) => bytes),
  {
    type: "counter",
    name: "stillstream_viewers_refused_total",
    help: "Viewers turned away since all places were taken",
    labels: [],
    read: ({ viewersRefused }) => [{ labels: {}, value: viewersRefused }],
  },
  {
    type: "counter",
    name: "stillstream_http_refusals_total",
    help: "Answers 429 and 503, WebSockets included",
    labels: ["status"],
    read: ({ refusals }) =>
      REFUSALS.map((status) => ({ labels: { status: String(status) }, value: refusals.byStatus.get(status) ?? 0 })),
  },
  {
    type: "counter",
    name: "stillstream_limits_reached_total",
    help: "Times that somebody was refused for a limit that was reached, by the limit",
    labels: ["limit"],
    read: ({ refusals }) =>
      (Object.keys(LIMITS) as Limit[]).map((limit) => ({ labels: { limit }, value: refusals.count(limit) })),
  },
  {
    type: "gauge",
    name: "stillstream_connections",
    help: "Connections to the server's port now",
    labels: [],
    read: ({ connections }) => [{ labels: {}, value: connections }],
  },
  {
    type: "counter",
    name: "stillstream_log_lines_lost_total",
    help: "Log lines that a full disk, or a reader that is stuck or gone, did not take",
    labels: [],
    read: ({ logLinesLost }) => [{ labels: {}, value: logLinesLost }],
  },
];

function eachCamera(read: (camera: CameraFigures) => Sample[]): (figures: Figures) => Sample[] {
  return ({ cameras }) => cameras.flatMap(read);
}

function perCamera(
  type: "counter" | "gauge",
  name: string,
  help: string,
  read: (camera: CameraFigures) => number,
): MetricFamily<Figures> {
  const sample = (camera: CameraFigures) => [{ labels: { camera: camera.status.name }, value: read(camera) }];
  return { type, name, help, labels: ["camera"], read: eachCamera(sample) };
}

/** An output is told by its kind, and a second of the same kind by a number behind it, since its address is nobody's business. */
function perOutput(
  type: "counter" | "gauge",
  name: string,
  help: string,
  read: (output: CameraFigures["outputs"][number]) => number,
): MetricFamily<Figures> {
  const samples = ({ status, outputs }: CameraFigures) =>
    outputs.map((output, index) => {
      const before = outputs.slice(0, index).filter(({ kind }) => kind === output.kind).length;
      const label = before === 0 ? output.kind : `${output.kind}-${before + 1}`;
      return { labels: { camera: status.name, output: label }, value: read(output) };
    });
  return { type, name, help, labels: ["camera", "output"], read: eachCamera(samples) };
}
