import { LIMITS, type Limit } from "../http/limits/refusals.ts";
import { RUNG_COUNT } from "../transform/rungs.ts";
import type { Distribution, MetricFamily, Sample } from "./family.ts";
import type { CameraFigures, Figures } from "./figures.ts";

const FRAMINGS = ["length", "advance", "live"] as const;

/** The statuses of a reached limit (RFC 9110, 15.6.4; RFC 6585, 4). */
const REFUSALS = [429, 503];

/** All metrics. A test compares docs/reference/metrics.md. */
export const metricFamilies: readonly MetricFamily<Figures>[] = [
  perCamera("counter", "stillstream_camera_frames_total", "Frames captured", ({ status }) => status.frames),
  perCamera(
    "counter",
    "stillstream_camera_frames_repaired_total",
    "Frames captured that needed a repair",
    ({ status }) => status.repaired,
  ),
  perCamera(
    "counter",
    "stillstream_camera_frames_corrupt_total",
    "Frames that came damaged, or that the camera failed to send",
    ({ status }) => status.dropped,
  ),
  perCamera(
    "counter",
    "stillstream_camera_restarts_total",
    "Times the camera was reopened after a failure",
    ({ status }) => status.restarts,
  ),
  perCamera("gauge", "stillstream_camera_online", "1 while frames come, else 0", ({ status }) =>
    status.online ? 1 : 0,
  ),
  perCamera("gauge", "stillstream_camera_fps", "Frames captured per second, recently", ({ status }) =>
    status.online ? status.fps : 0,
  ),
  perCamera(
    "gauge",
    "stillstream_camera_last_frame_timestamp_seconds",
    "Capture time of the newest frame, in seconds since the epoch; 0 before the first",
    ({ status }) => (status.lastFrameAt ?? 0) / 1000,
  ),
  {
    type: "gauge",
    name: "stillstream_viewers",
    help: "Viewers now, by the framing of their frames",
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
    help: "Viewers of adaptive streams now, by rung",
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
    "Frames sent to viewers, including repeats and placeholders",
    ({ totals }) => totals.frames,
  ),
  perCamera(
    "counter",
    "stillstream_viewer_frames_dropped_total",
    "Frames dropped because viewers were too slow",
    ({ totals }) => totals.dropped,
  ),
  perCamera(
    "counter",
    "stillstream_viewer_sent_bytes_total",
    "Bytes of frames sent to viewers",
    ({ totals }) => totals.bytes,
  ),
  {
    type: "histogram",
    name: "stillstream_viewer_latency_seconds",
    help: "Age of new frames when a viewer had received them",
    labels: ["camera"],
    read: ({ cameras }) =>
      cameras.map(({ status, totals }) => ({ labels: { camera: status.name }, thousandths: totals.ages })),
  },
  perCamera(
    "gauge",
    "stillstream_variants",
    "Variants in use, or used within the last minute",
    ({ variants }) => variants.status().length,
  ),
  {
    type: "histogram",
    name: "stillstream_encode_seconds",
    help: "Duration of encodes, by variant; `other` after twelve variants",
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
    help: "Variants refused because all slots were in use, by purpose: asked for, or a rung",
    labels: ["camera", "purpose"],
    read: eachCamera(({ status, variants }) =>
      Object.entries(variants.refused).map(([purpose, value]) => ({ labels: { camera: status.name, purpose }, value })),
    ),
  },
  perOutput("gauge", "stillstream_output_peers", "Receivers of an output now", ({ peers }) => peers.length),
  perOutput("counter", "stillstream_output_frames_total", "Frames an output sent", ({ frames }) => frames),
  perOutput(
    "counter",
    "stillstream_output_frames_dropped_total",
    "Frames that an output could not send in time",
    ({ dropped }) => dropped,
  ),
  perOutput("counter", "stillstream_output_bytes_total", "Bytes an output sent", ({ bytes }) => bytes),
  {
    type: "counter",
    name: "stillstream_viewers_refused_total",
    help: "Viewers refused because all slots were taken",
    labels: [],
    read: ({ viewersRefused }) => [{ labels: {}, value: viewersRefused }],
  },
  {
    type: "counter",
    name: "stillstream_http_refusals_total",
    help: "Responses with status 429 or 503, including WebSockets",
    labels: ["status"],
    read: ({ refusals }) =>
      REFUSALS.map((status) => ({ labels: { status: String(status) }, value: refusals.byStatus.get(status) ?? 0 })),
  },
  {
    type: "counter",
    name: "stillstream_limits_reached_total",
    help: "Clients refused because of a limit, by limit",
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
    help: "Log lines lost to a full disk, or to a reader that is stuck or gone",
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

/** Its address may be secret. */
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
