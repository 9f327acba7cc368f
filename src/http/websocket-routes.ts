import { type CameraList, CameraSet } from "../core/camera-set.ts";
import { MAX_FRAME_BYTES } from "../jpeg/split.ts";
import { cameraFor } from "./access/authorization.ts";
import type { PublisherSlots } from "./ingest/ingest-route.ts";
import { ingestSocket } from "./ingest/ingest-socket.ts";
import { type LiveOptions, liveRoute } from "./live/live-route.ts";
import { MAX_CONTROL_BYTES } from "./live/protocol.ts";
import { type WebSocketPath, WebSockets, type WebSocketsOptions } from "./server/web-sockets.ts";
import { pathPattern } from "./shared/paths.ts";

export interface WebSocketRoutesOptions extends Omit<WebSocketsOptions, "paths" | "refuseMs"> {
  readonly cameras: CameraList | CameraSet;
  readonly publisherSlots: PublisherSlots;
  /** @default there is no `/live` */
  readonly live?: Omit<LiveOptions, "cameras" | "onError">;
}

/** 30 s of silence: a large frame on a slow link delays pongs. */
const LIVE_MISSED_PINGS = 3;

/**
 * 16 MB in fragments of 16 KB, or 1 MB in those of 1 KB of small boards. Each keeps a 64 KB read.
 */
const FRAME_FRAGMENTS = 1024;

/** No client splits a message of a few hundred bytes. */
const CONTROL_FRAGMENTS = 16;

/** Returns every WebSocket the server takes, by its path. */
export function webSocketRoutes({ publisherSlots, live, ...options }: WebSocketRoutesOptions): WebSockets {
  const cameras = CameraSet.of(options.cameras);
  const paths: WebSocketPath[] = [
    {
      pattern: pathPattern("/cameras/:name/frames", { isWhole: true }),
      route: ingestSocket({ publisherSlots, find: (name, request) => cameraFor(request, cameras, name, "push") }),
      maxPayload: MAX_FRAME_BYTES,
      maxFragments: FRAME_FRAGMENTS,
    },
  ];
  if (live !== undefined) {
    paths.push({
      pattern: pathPattern("/live", { isWhole: true }),
      route: liveRoute({ ...live, cameras, onError: options.onError }),
      maxPayload: MAX_CONTROL_BYTES,
      maxFragments: CONTROL_FRAGMENTS,
      missedPings: LIVE_MISSED_PINGS,
    });
  }
  return new WebSockets({ ...options, paths });
}
