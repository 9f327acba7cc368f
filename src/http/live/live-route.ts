import type { Socket } from "node:net";
import { isDeepStrictEqual } from "node:util";
import type { WebSocket } from "ws";
import type { CameraSet } from "../../core/camera-set.ts";
import { Slots } from "../../net/slots.ts";
import { cameraFor, isUser, sharingOf, visibleCameras } from "../access/authorization.ts";
import { addressOf } from "../access/client-address.ts";
import { type CrossOriginOptions, requireReader } from "../access/security-headers.ts";
import type { Refusals } from "../limits/refusals.ts";
import { SLOT_LOST, takeSlot } from "../limits/take-slot.ts";
import type { WebSocketRoute } from "../server/web-sockets.ts";
import { clientKeyOf } from "../shared/request.ts";
import { LiveConnection, type LiveConnectionOptions } from "./connection.ts";
import { LIVE_VERSION } from "./protocol.ts";

export interface LiveOptions
  extends Pick<
    LiveConnectionOptions,
    "feeds" | "variants" | "viewers" | "messagesOf" | "restMs" | "drainTimeoutMs" | "onError"
  > {
  readonly cameras: CameraSet;
  /** @default local networks' pages, and those with a token */
  readonly crossOrigin?: CrossOriginOptions;
  readonly title: string;
  readonly tuneSocket: (socket: Socket) => void;
  readonly onLimitReached?: Refusals["reached"];
}

/** https://www.iana.org/assignments/websocket/websocket.xhtml */
const TRY_AGAIN_LATER = 1013;

/** How long a client that loses its slot may take to close. */
const CLOSE_MS = 2000;

/**
 * Serves any number of cameras on one WebSocket: docs/reference/live-protocol.md. Pages of other
 * origins may open it as they may show a stream.
 */
export function liveRoute(given: LiveOptions): WebSocketRoute {
  const { cameras: all, title, tuneSocket, crossOrigin = {}, onLimitReached, ...options } = given;
  // A connection without a subscription takes a slot, too.
  const onEvicted = (address: string) => onLimitReached?.("live-connections-given-up", address);
  const slots = new Slots({ ...options.viewers.room, onEvicted });
  return (request) => {
    requireReader(request, crossOrigin, sharingOf(request) === "guest");
    const find = (name: unknown) => cameraFor(request, all, name, "view");
    find(undefined);
    const named = () => visibleCameras(request, all).map(({ name, title }) => ({ name, title }));
    const raw = request.socket;
    let end = () => void raw.destroy();
    const giveUp = () => end();
    const leave = takeSlot(slots, addressOf(request), {
      limit: "live-connections",
      what: "live connections",
      giveUp,
    });
    raw.once("close", leave);
    return (socket: WebSocket, ended: AbortSignal) => {
      end = () => {
        socket.removeAllListeners("message");
        socket.close(TRY_AGAIN_LATER, SLOT_LOST);
        setTimeout(() => socket.terminate(), CLOSE_MS).unref();
      };
      tuneSocket(raw);
      const connection = new LiveConnection({
        ...options,
        find,
        socket,
        ended,
        raw,
        address: addressOf(request),
        isUser: isUser(request),
        key: clientKeyOf(request),
      });
      let cameras = named();
      connection.say({ type: "hello", version: LIVE_VERSION, title, cameras, now: connection.clock.now() });
      const unlisten = all.changes.listen(() => {
        const now = named();
        if (isDeepStrictEqual(now, cameras)) return;
        cameras = now;
        connection.say({ type: "cameras", cameras });
      });
      ended.addEventListener("abort", unlisten);
    };
  };
}
