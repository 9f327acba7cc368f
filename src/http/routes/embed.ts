import type { Request, RequestHandler, Response } from "express";
import type { Camera } from "../../core/camera.ts";
import type { CameraSet } from "../../core/camera-set.ts";
import { isAnyAddress } from "../../net/server-urls.ts";
import { recipeGroups } from "../../recipes/index.ts";
import { describeCheck, piecesOf, type RecipeValues } from "../../recipes/recipe.ts";
import { BARE_PASS } from "../access/bare-pass.ts";
import { oneOfParameter, queryOf, serverUrl, withParameter } from "../shared/request.ts";
import { sendPage } from "../shared/send-page.ts";
import type { CameraHandler } from "../streaming/stream.ts";
import { variantSpecOf } from "../streaming/transform-query.ts";

export interface EmbedPageOptions {
  readonly title: string;
  readonly cameras: CameraSet;
  /** What the server listens on, to tell a proxy where it is found. */
  readonly host: string;
}

/** `/embed`: how to show the first camera elsewhere, with the way to the others. */
export function embedFrontRoute(parts: EmbedPageOptions): RequestHandler {
  const page = embedPageRoute(parts);
  return (request, response) => {
    if (request.path.endsWith("/")) response.redirect(308, "../embed");
    else page(parts.cameras.list[0], request, response);
  };
}

/** `/cameras/:name/embed`: every recipe, ready to copy. */
export function embedPageRoute(parts: EmbedPageOptions) {
  return (camera: Camera, request: Request, response: Response): void => {
    if (request.path.endsWith("/")) {
      response.redirect(308, "../embed");
      return;
    }
    const values = valuesOf(camera, request, parts.host);
    const groups = recipeGroups.map((group) => ({
      ...group,
      recipes: group.recipes.map((recipe) => ({
        ...recipe,
        check: describeCheck(recipe.checked),
        blocks: recipe.blocks.map((block) => ({ ...block, pieces: piecesOf(block, values) })),
      })),
    }));
    const cameras = parts.cameras.list.map(({ name, title }) => ({ name, title, isShown: name === camera.name }));
    const { name, title } = camera;
    sendPage(response, "embed", {
      title: `Embed ${title}`,
      site: parts.title,
      camera: { name, title },
      cameras,
      groups,
    });
  };
}

/** How a camera's picture fills its window: all of it, or all of the window. */
const FITS = ["contain", "cover"] as const;

/** `/cameras/:name/bare`: one camera that fills its window, for frames; with the query of a stream. */
export const barePageRoute: CameraHandler = (camera, request, response) => {
  if (request.path.endsWith("/")) {
    response.redirect(308, "../bare");
    return;
  }
  const fit = oneOfParameter(request, "fit", FITS) ?? "contain";
  // A malformed parameter of the stream is said here, and not in each try of the page.
  variantSpecOf(request);
  const query = queryOf(request)
    .split("&")
    .filter((pair) => pair !== "" && pair.split("=")[0] !== "fit")
    .join("&");
  const src = `video_feed${withParameter(request, "framing", "advance")}&${BARE_PASS}`;
  sendPage(response, "bare", { title: camera.title, camera: { name: camera.name }, fit, query, src });
};

function valuesOf({ name, title }: Camera, request: Request, host: string): RecipeValues {
  const { protocol, socket, baseUrl } = request;
  const upstreamHost = isAnyAddress(host) ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return {
    server: serverUrl(request),
    upstream: `${protocol}://${upstreamHost}:${socket.localPort}`,
    prefix: baseUrl,
    camera: name,
    title,
  };
}
