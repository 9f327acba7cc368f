import type { RequestHandler } from "express";
import type { CameraSet } from "../../core/camera-set.ts";
import { cameraFor, camerasFor } from "../access/authorization.ts";
import type { CameraHandler } from "../access/camera-handler.ts";
import { HttpError } from "../shared/http-error.ts";
import { queryOf } from "../shared/request.ts";

export interface MjpgStreamerOptions {
  readonly cameras: CameraSet;
  readonly stream: CameraHandler;
  readonly snapshot: CameraHandler;
}

/**
 * Serves mjpg-streamer's URLs, such as `/?action=stream_1`. Only the query's start counts, since
 * clients append cache busters: `?action=stream&1608`, `?action=stream?x` (mjpg-streamer,
 * plugins/output_http/httpd.c).
 */
export function mjpgStreamerRoute({ cameras: all, ...handlers }: MjpgStreamerOptions): RequestHandler {
  return (request, response, next) => {
    const { action, number } =
      /^action=(?<action>stream|snapshot)(?:_(?<number>\d+))?/.exec(queryOf(request))?.groups ?? {};
    if (action === undefined) {
      next();
      return;
    }
    const cameras = camerasFor(request, all);
    const camera = cameras[Number(number ?? 0)];
    if (camera === undefined) {
      throw new HttpError(404, `Camera number ${number} not found. Numbers run from 0 to ${cameras.length - 1}.`);
    }
    cameraFor(request, all, camera.name, action === "stream" ? "view" : "snapshot");
    return handlers[action as "stream" | "snapshot"](camera, request, response);
  };
}
