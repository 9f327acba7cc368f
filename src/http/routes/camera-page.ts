import type { Request } from "express";
import type { Camera } from "../../core/camera.ts";
import type { CameraSet } from "../../core/camera-set.ts";
import { camerasFor, sharingOf } from "../access/authorization.ts";
import type { CameraHandler } from "../access/camera-handler.ts";
import { serverUrl } from "../shared/request.ts";
import { sendPage } from "../shared/send-page.ts";
import { phoneUrl } from "./phone-url.ts";
import type { PublishOptions } from "./publish.ts";

export interface PageOptions extends PublishOptions {
  readonly title: string;
  readonly cameras: CameraSet;
}

/** Sends a camera's page. */
export function cameraPageRoute({ title, cameras: all, publisherSlots, host }: PageOptions): CameraHandler {
  return (camera, request, response) => {
    if (request.path.endsWith("/") && request.path !== "/") {
      response.redirect(308, `../${camera.name}`);
      return;
    }
    const cameras = camerasFor(request, all);
    const path = `/cameras/${camera.name}`;
    sendPage(response, "camera", {
      title: camera.title === camera.name ? title : camera.title,
      camera: namesOf(camera),
      cameras: cameras.map(namesOf),
      ...neighbors(cameras, camera),
      hasControls: camera.controls !== undefined,
      publishUrl: publisherSlots.has(camera.name) ? phoneUrl(request, `${path}/publish`, host) : undefined,
      share: { how: sharingOf(request), url: phoneUrl(request, path, host) },
      links: absoluteLinks(request, camera),
    });
  };
}

/** Around the end; undefined without another. */
function neighbors(cameras: readonly Camera[], camera: Camera) {
  const at = cameras.indexOf(camera);
  const [before, next] = [at - 1, at + 1].map((index) => cameras.at(index % cameras.length));
  return cameras.length < 2 || before === undefined || next === undefined
    ? { before: undefined, next: undefined }
    : { before: namesOf(before), next: namesOf(next) };
}

/** For pages without JavaScript, by the host name the browser used. */
function absoluteLinks(request: Request, { name }: Camera) {
  const page = `${serverUrl(request)}/cameras/${name}`;
  return { stream: `${page}/video_feed`, snapshot: `${page}/snapshot.jpg`, push: `${page}/frames`, page };
}

export function namesOf({ name, title }: Camera): { name: string; title: string } {
  return { name, title };
}
