import type { Request, RequestHandler, Response } from "express";
import type { Camera } from "../../core/camera.ts";
import type { CameraSet } from "../../core/camera-set.ts";
import { cameraFor, camerasFor, sharingOf } from "../access/authorization.ts";
import { queryOf, serverUrl } from "../shared/request.ts";
import { sendPage } from "../shared/send-page.ts";
import { phoneUrl } from "./phone-url.ts";
import type { PublishOptions } from "./publish.ts";

interface PageOptions extends PublishOptions {
  readonly title: string;
  readonly cameras: CameraSet;
}

/**
 * Sets `locals.root`: the way from the requested URL back to the start of ours, as `./` or `../`. Pages link by it, so
 * that they work behind any proxy prefix, known to us or not.
 */
export function rootMiddleware(basePath: string): RequestHandler {
  // Routes are found whatever their capitals.
  const base = basePath.toLowerCase();
  return (request, response, next) => {
    const { path } = request;
    const isOurs = path.toLowerCase().startsWith(`${base}/`);
    const own = isOurs ? path.slice(basePath.length) : path;
    // `OPTIONS *` has no path (RFC 9112, 3.2.4).
    const up = "../".repeat(Math.max(own.split("/").length - 2, 0)) || "./";
    response.locals["root"] = isOurs ? up : `${up}${basePath.slice(1)}/`;
    next();
  };
}

/** Sends who asks for the base path without its slash to where relative URLs are right. */
export function addSlashMiddleware(basePath: string): RequestHandler {
  const base = basePath.toLowerCase();
  return (request, response, next) => {
    const { path } = request;
    if (path.toLowerCase() !== base) {
      next();
      return;
    }
    const query = queryOf(request);
    response.redirect(308, `${basePath.split("/").at(-1)}/${query === "" ? "" : `?${query}`}`);
  };
}

/** `/`: one camera large, several as a wall. */
export function frontPageRoute(parts: PageOptions): RequestHandler {
  const { title, cameras: all } = parts;
  const only = cameraPageRoute(parts);
  return (request, response) => {
    const cameras = camerasFor(request, all);
    const first = cameraFor(request, all, undefined, "view");
    if (cameras.length === 1) only(first, request, response);
    else sendPage(response, "wall", { title, cameras: cameras.map(naming) });
  };
}

/** `/cameras/:name`: one camera large, and the addresses to embed it. */
export function cameraPageRoute({ title, cameras: all, publisherSlots, host }: PageOptions) {
  return (camera: Camera, request: Request, response: Response): void => {
    if (request.path.endsWith("/") && request.path !== "/") {
      response.redirect(308, `../${camera.name}`);
      return;
    }
    const cameras = camerasFor(request, all);
    sendPage(response, "camera", {
      title: camera.title === camera.name ? title : camera.title,
      camera: naming(camera),
      cameras: cameras.map(naming),
      ...neighbours(cameras, camera),
      hasControls: camera.controls !== undefined,
      publishUrl: publisherSlots.has(camera.name)
        ? phoneUrl(request, `/cameras/${camera.name}/publish`, host)
        : undefined,
      share: { how: sharingOf(request), url: phoneUrl(request, `/cameras/${camera.name}`, host) },
      links: absoluteLinks(request, camera),
    });
  };
}

/** The cameras before and after one, around the end; undefined where there is no other. */
function neighbours(cameras: readonly Camera[], camera: Camera) {
  const at = cameras.indexOf(camera);
  const [before, next] = [at - 1, at + 1].map((index) => cameras.at(index % cameras.length));
  return cameras.length < 2 || before === undefined || next === undefined
    ? { before: undefined, next: undefined }
    : { before: naming(before), next: naming(next) };
}

/** Addresses for where relative ones cannot be used, without JavaScript, by the host name the browser asked for. */
function absoluteLinks(request: Request, { name }: Camera) {
  const page = `${serverUrl(request)}/cameras/${name}`;
  return { stream: `${page}/video_feed`, snapshot: `${page}/snapshot.jpg`, push: `${page}/frames`, page };
}

function naming({ name, title }: Camera): { name: string; title: string } {
  return { name, title };
}
