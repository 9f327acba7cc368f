import { type CameraList, CameraSet } from "../core/camera-set.ts";
import { MAX_FRAME_BYTES } from "../jpeg/split.ts";
import { cameraFor } from "./access/authorization.ts";
import { Gate } from "./access/gate.ts";
import type { PublisherSlots } from "./ingest/ingest-route.ts";
import { ingestSocket } from "./ingest/ingest-socket.ts";
import { type LiveOptions, liveRoute } from "./live/live-route.ts";
import { MAX_CONTROL_BYTES } from "./live/protocol.ts";
import { type WebSocketPath, WebSockets } from "./server/web-sockets.ts";
import { pathPattern } from "./shared/paths.ts";
import type { OnRefused } from "./shared/refusals.ts";

export interface WebSocketRoutesOptions {
  /** A list that stays, or a set that may change. */
  readonly cameras: CameraList | CameraSet;
  readonly publisherSlots: PublisherSlots;
  /** Who is let in. @default local networks, by addresses and local names */
  readonly gate?: Gate;
  /** Path all URLs start with, without a slash at its end. @default "" */
  readonly basePath?: string;
  /** How often the other side is asked whether it is still there, in milliseconds. @default 10000 */
  readonly pingMs?: number;
  /** What `/live` shares with the app. @default there is none */
  readonly live?: Omit<LiveOptions, "cameras" | "onError">;
  readonly onError?: (error: unknown) => void;
  /** Told of each client that is refused. */
  readonly onRefused?: OnRefused;
}

/**
 * Of a client of `/live`: a large picture on a slow link holds up what it says, and its answers to pings, for its while. So
 * it is gone after 30 s without a word.
 */
const LIVE_MISSED_PINGS = 3;

/**
 * The largest picture in fragments of 16 KB, or one of 1 MB in those of 1 KB that small boards send. Each keeps the read of
 * the socket that it came in, 64 KB, which pongs may fill.
 */
const PICTURE_FRAGMENTS = 1024;

/** No client cuts a message of a few hundred bytes. */
const CONTROL_FRAGMENTS = 16;

/** Every WebSocket stillstream takes, by its path. */
export function createWebSocketRoutes({
  publisherSlots,
  live,
  gate = new Gate(),
  ...rest
}: WebSocketRoutesOptions): WebSockets {
  const cameras = CameraSet.of(rest.cameras);
  const others = { ...rest, gate };
  const frames: WebSocketPath = {
    pattern: pathPattern("/cameras/:name/frames", { isWhole: true }),
    route: ingestSocket({
      find: (name, request) => cameraFor(request, cameras, name, "push"),
      publisherSlots,
    }),
    maxPayload: MAX_FRAME_BYTES,
    maxFragments: PICTURE_FRAGMENTS,
  };
  if (live === undefined) return new WebSockets({ ...others, paths: [frames] });
  const watching: WebSocketPath = {
    pattern: pathPattern("/live", { isWhole: true }),
    route: liveRoute({ ...live, cameras, onError: others.onError }),
    maxPayload: MAX_CONTROL_BYTES,
    maxFragments: CONTROL_FRAGMENTS,
    missedPings: LIVE_MISSED_PINGS,
  };
  return new WebSockets({ ...others, paths: [frames, watching] });
}
