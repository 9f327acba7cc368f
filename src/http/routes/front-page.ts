import type { RequestHandler } from "express";
import { cameraFor, camerasFor } from "../access/authorization.ts";
import { sendPage } from "../shared/send-page.ts";
import { cameraPageRoute, namesOf, type PageOptions } from "./camera-page.ts";

/** Sends the wall of all cameras, or the page of the only one. */
export function frontPageRoute(options: PageOptions): RequestHandler {
  const { title, cameras: all } = options;
  const sendCameraPage = cameraPageRoute(options);
  return (request, response) => {
    const cameras = camerasFor(request, all);
    const first = cameraFor(request, all, undefined, "view");
    if (cameras.length === 1) return sendCameraPage(first, request, response);
    sendPage(response, "wall", { title, cameras: cameras.map(namesOf) });
  };
}
