import type { RequestHandler } from "express";
import type { CameraSet } from "../../core/camera-set.ts";
import { cameraFor, camerasFor } from "../access/authorization.ts";
import { HttpError } from "../shared/errors.ts";
import { queryOf } from "../shared/request.ts";
import type { CameraHandler } from "../streaming/stream.ts";

/**
 * mjpg-streamer's URLs, `/?action=stream_1` and the like, whose number counts cameras from 0. As there, only the start
 * of the query counts, since its clients append cache busters in ways of their own: `?action=stream&1608`,
 * `?action=stream?x` (mjpg-streamer, plugins/output_http/httpd.c).
 */
export function mjpgStreamerRoute(
  all: CameraSet,
  handlers: { readonly stream: CameraHandler; readonly snapshot: CameraHandler },
): RequestHandler {
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
      throw new HttpError(404, `There is no camera number ${number}; they are numbered 0 to ${cameras.length - 1}.`);
    }
    cameraFor(request, all, camera.name, action === "stream" ? "view" : "snapshot");
    return handlers[action as keyof typeof handlers](camera, request, response);
  };
}
