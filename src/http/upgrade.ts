import type { Camera } from "../core/camera.ts";
import { createFind } from "./cameras.ts";
import type { Inlets } from "./receive.ts";
import { createReceiveRoute } from "./receive-socket.ts";
import { WebSockets } from "./web-sockets.ts";

export interface UpgradeParts {
  readonly cameras: readonly [Camera, ...Camera[]];
  readonly inlets: Inlets;
  /** Path all URLs start with, without a slash at its end. @default "" */
  readonly basePath?: string;
  /** How often the other side is asked whether it is still there, in milliseconds. @default 10000 */
  readonly pingMs?: number;
  readonly onError?: (error: unknown) => void;
}

/** Every WebSocket stillstream takes, by its path. */
export function createWebSockets({ cameras, inlets, ...others }: UpgradeParts): WebSockets {
  const find = createFind(cameras);
  return new WebSockets({
    ...others,
    routes: [[/^\/cameras\/([^/]+)\/frames$/, createReceiveRoute({ find, inlets })]],
  });
}
