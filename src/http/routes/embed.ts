import type { Request, RequestHandler } from "express";
import type { Camera } from "../../core/camera.ts";
import type { CameraSet } from "../../core/camera-set.ts";
import { isAnyAddress } from "../../net/server-urls.ts";
import { recipeGroups } from "../../recipes/index.ts";
import { describeCheck, piecesOf, type RecipeValues } from "../../recipes/recipe.ts";
import type { CameraHandler } from "../access/camera-handler.ts";
import { serverUrl } from "../shared/request.ts";
import { sendPage } from "../shared/send-page.ts";

export interface EmbedOptions {
  readonly title: string;
  readonly cameras: CameraSet;
  /** For proxies on this machine. */
  readonly host: string;
}

/** Sends the embed page of the first camera. */
export function embedFrontRoute(options: EmbedOptions): RequestHandler {
  const page = embedPageRoute(options);
  return (request, response) => {
    if (request.path.endsWith("/")) response.redirect(308, "../embed");
    else return page(options.cameras.list[0], request, response);
  };
}

/** Sends a camera's embed page: every recipe. */
export function embedPageRoute({ title: site, cameras, host }: EmbedOptions): CameraHandler {
  return (camera, request, response) => {
    if (request.path.endsWith("/")) {
      response.redirect(308, "../embed");
      return;
    }
    const { name, title } = camera;
    sendPage(response, "embed", {
      title: `Embed ${title}`,
      site,
      camera: { name, title },
      cameras: cameras.list.map((other) => ({ name: other.name, title: other.title, isShown: other.name === name })),
      groups: groupsWith(valuesOf(camera, request, host)),
    });
  };
}

function groupsWith(values: RecipeValues) {
  return recipeGroups.map((group) => ({
    ...group,
    recipes: group.recipes.map((recipe) => ({
      ...recipe,
      check: describeCheck(recipe.checked),
      blocks: recipe.blocks.map((block) => ({ ...block, pieces: piecesOf(block, values) })),
    })),
  }));
}

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
