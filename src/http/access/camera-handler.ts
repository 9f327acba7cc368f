import type { Request, RequestHandler, Response } from "express";
import type { Camera } from "../../core/camera.ts";
import type { CameraSet } from "../../core/camera-set.ts";
import { cameraFor, type RequiredCapability } from "./authorization.ts";

export type CameraHandler = (camera: Camera, request: Request, response: Response) => Promise<void> | void;

/** Returns wrappers that find a request's camera and check that its client has a capability. */
export function cameraHandlers(cameras: CameraSet) {
  const by =
    (nameIn: (request: Request) => unknown) =>
    (need: RequiredCapability, handle: CameraHandler): RequestHandler =>
    (request, response) =>
      handle(cameraFor(request, cameras, nameIn(request), need), request, response);
  return {
    first: by(() => undefined),
    named: by(({ params }) => params["name"]),
    bySrc: by(({ query }) => query["src"] || undefined),
  };
}
