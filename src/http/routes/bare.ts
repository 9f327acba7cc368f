import { BARE_PASS } from "../access/bare-pass.ts";
import type { CameraHandler } from "../access/camera-handler.ts";
import { oneOfParameter, queryOf, withParameter } from "../shared/request.ts";
import { sendPage } from "../shared/send-page.ts";
import { readTransformQuery } from "../streaming/transform-query.ts";

const FITS = ["contain", "cover"] as const;

/** Sends a page that one camera fills, for frames. */
export function barePageRoute(): CameraHandler {
  return (camera, request, response) => {
    if (request.path.endsWith("/")) {
      response.redirect(308, "../bare");
      return;
    }
    const fit = oneOfParameter(request, "fit", FITS) ?? "contain";
    // Reports a malformed parameter once, rather than at each retry of the page.
    readTransformQuery(request);
    const query = queryOf(request)
      .split("&")
      .filter((pair) => pair !== "" && pair.split("=")[0] !== "fit")
      .join("&");
    const src = `video_feed${withParameter(request, "framing", "advance")}&${BARE_PASS}`;
    sendPage(response, "bare", { title: camera.title, camera: { name: camera.name }, fit, query, src });
  };
}
