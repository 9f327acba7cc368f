import type { Request } from "express";
import type { Camera } from "../core/camera.ts";
import { urlsOf } from "../net/addresses.ts";
import { HttpError } from "./errors.ts";
import { NO_CACHE } from "./headers.ts";
import { type Inlets, inletOf } from "./receive.ts";
import { sendPage } from "./send-page.ts";
import type { CameraHandler } from "./stream.ts";

export interface PublishParts {
  readonly inlets: Inlets;
  /** What the server listens on. */
  readonly host: string;
}

/** The page by which a phone, or any browser, sends what its camera sees. */
export function createPublishPage({ inlets }: PublishParts): CameraHandler {
  return (camera, request, response) => {
    inletOf(inlets, camera);
    if (request.path.endsWith("/")) {
      response.redirect(308, "../publish");
      return;
    }
    const { name, title } = camera;
    const data = { title: `Send to ${title}`, camera: { name, title } };
    sendPage(response, "publish", data);
  };
}

/** That page's address as a QR code: `?url=` is what its own visitors call it, who may have come through a proxy. */
export function createPublishCode(parts: PublishParts): CameraHandler {
  return async (camera, request, response) => {
    inletOf(parts.inlets, camera);
    const { url } = request.query;
    if (url !== undefined && !(typeof url === "string" && isPublishUrl(url, camera))) {
      const wanted = `the address of the page that ends in /cameras/${camera.name}/publish`;
      throw new HttpError(400, `url takes ${wanted}, got ${JSON.stringify(url)}.`);
    }
    const { renderSVG } = await import("uqr");
    const svg = renderSVG(url ?? phoneUrl(request, camera, parts.host), { border: 2 });
    response.set(NO_CACHE).type("image/svg+xml").send(svg);
  };
}

/** Where a phone finds the page: by the name the request was for, unless that means this very machine. */
export function phoneUrl(request: Request, { name }: Camera, host: string): string {
  const { protocol, baseUrl } = request;
  const path = `${baseUrl}/cameras/${name}/publish`;
  const asked = new URL(`${protocol}://${request.get("host") ?? "localhost"}`);
  const port = request.socket.localPort ?? 0;
  const [, onNetwork] = urlsOf(host, port, path, protocol === "https" ? "https" : "http");
  return isLoopback(asked.hostname) && onNetwork !== undefined ? onNetwork : asked.origin + path;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}

/** Nobody is to have codes drawn here that lead elsewhere. */
function isPublishUrl(text: string, { name }: Camera): boolean {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) return false;
  const { protocol, pathname, username, search, hash } = new URL(text);
  const isPlain = /^https?:$/.test(protocol) && username === "" && search === "" && hash === "";
  return isPlain && pathname.endsWith(`/cameras/${name}/publish`);
}

/** In characters: more make a code that no phone reads from a screen. */
const MAX_URL_LENGTH = 500;
