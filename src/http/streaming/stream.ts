import { once } from "node:events";
import type { Socket } from "node:net";
import type { Request, Response } from "express";
import type { LinkState } from "../../abr/link-estimator.ts";
import type { Camera } from "../../core/camera.ts";
import { Ladder } from "../../transform/ladder.ts";
import { renditionOf } from "../../transform/rendition.ts";
import type { Variants } from "../../transform/variants.ts";
import { BARE_PASS } from "../access/bare-pass.ts";
import type { CameraHandler } from "../access/camera-handler.ts";
import { addressOf } from "../access/client-address.ts";
import { exemptFromEviction } from "../limits/connections.ts";
import { endWhenGone } from "../server/half-closed.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { clientKeyOf, oneOfParameter, queryParameter, switchParameter, withParameter } from "../shared/request.ts";
import { sendPage } from "../shared/send-page.ts";
import { latencyToDefend } from "./adapt-query.ts";
import { AdaptiveStream } from "./adaptive-stream.ts";
import type { Feeds } from "./feed.ts";
import { FRAMINGS, type Framing, MULTIPART_TYPE } from "./multipart.ts";
import { PartWriter } from "./part-writer.ts";
import { readTransformQuery, variantKeyOrNull } from "./transform-query.ts";
import type { Viewers } from "./viewers.ts";

export interface StreamOptions {
  readonly feeds: Feeds;
  readonly viewers: Viewers;
  readonly variants: (camera: Camera) => Variants;
  readonly tuneSocket: (socket: Socket) => void;
  readonly linkStateOf: (socket: Socket) => LinkState;
}

/** Sends a stream until the viewer leaves; a page around it, to a browser that navigates. */
export function streamRoute(options: StreamOptions): CameraHandler {
  const { feeds, viewers, variants, tuneSocket, linkStateOf } = options;
  return async (camera, request, response) => {
    // A pipelined response has no socket yet, and would miss that its client leaves.
    if (response.socket === null) await once(response, "socket");
    if (response.closed) return;
    const spec = readTransformQuery(request);
    const isStrict = switchParameter(request, "strict");
    // A strict stream drops frames rather than shrink them, unless its query says otherwise.
    const maxLatencyMs = latencyToDefend(request, camera.isAdaptive && !isStrict);
    const wanted = oneOfParameter(request, "framing", FRAMINGS) ?? ustreamerFraming(request);
    response.vary("Accept, Sec-Fetch-Dest");
    if (isNavigation(request)) {
      const src = withParameter(request, "framing", "advance") + (isInFrame(request) ? `&${BARE_PASS}` : "");
      sendPage(response, "stream", { title: camera.title, src });
      return;
    }
    setStreamHeaders(response);
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    const { socket } = request;
    const framing = wanted ?? framingFor(request);
    // Refuses before anything is sent.
    const feed = feeds.of(renditionOf(camera, variants(camera), spec));
    const details = {
      camera: camera.name,
      framing,
      variant: variantKeyOrNull(spec),
      address: addressOf(request),
      key: clientKeyOf(request),
    };
    const viewer = viewers.admit(details, () => response.destroy());
    const writer = new PartWriter({
      socket,
      framing,
      observer: viewer,
      network: viewer.network,
      // Programs take the size of all frames from the first part: no placeholder of a guessed size.
      takesPlaceholder: (isSizeGuessed) => !isStrict && !(isSizeGuessed && framing === "length" && camera.isStarting),
      onClose: () => response.end(),
    });
    const stream =
      maxLatencyMs === undefined
        ? { start: () => feed.attach(writer), stop: () => feed.detach(writer) }
        : new AdaptiveStream({
            ladder: new Ladder(camera, variants(camera), spec),
            feeds,
            writer,
            framing,
            viewer,
            maxLatencyMs,
            linkState: () => linkStateOf(socket),
          });
    response.once("close", () => {
      stream.stop();
      viewers.remove(viewer);
    });
    tuneSocket(socket);
    exemptFromEviction(socket, response);
    endWhenGone(socket, response);
    response.flushHeaders();
    writer.open();
    stream.start();
  };
}

function setStreamHeaders(response: Response): void {
  response.set({ ...NO_CACHE, "X-Accel-Buffering": "no" });
  // Express's `set` would add a charset, after which VLC shows nothing.
  response.setHeader("Content-Type", MULTIPART_TYPE);
  response.setHeader("Connection", "close");
  // Small devices expect a body that ends with the connection.
  response.removeHeader("Transfer-Encoding");
}

/**
 * As ustreamer's pages ask in Chromium: https://github.com/pikvm/ustreamer,
 * src/ustreamer/http/server.c.
 */
function ustreamerFraming(request: Request): Framing | undefined {
  return queryParameter(request, "advance-headers") === "1" ? "advance" : undefined;
}

/**
 * Returns whether a browser would show the answer as a document, by `Sec-Fetch-Dest`, or by
 * `Accept` on plain http. `framing` does not change it: a publisher's bytes must never become a
 * document of ours.
 */
function isNavigation(request: Request): boolean {
  const destination = request.get("sec-fetch-dest");
  if (destination !== undefined && DOCUMENTS.has(destination)) return true;
  return (request.get("accept") ?? "").includes("application/xhtml+xml");
}

/** Destinations that become a document (Fetch Standard, 2.2.5: navigation requests). */
const DOCUMENTS: ReadonlySet<string> = new Set(["document", "iframe", "frame", "object", "embed"]);

/** An `<img>` accepts image types and never text/html. Java's clients accept both. */
function framingFor(request: Request): Framing {
  const accept = request.get("accept") ?? "";
  return accept.includes("image/") && !accept.includes("text/html") ? "advance" : "length";
}

/** A frame may be a sandbox, which needs the bare pass. */
function isInFrame({ headers }: Request): boolean {
  const destination = headers["sec-fetch-dest"] ?? "document";
  return destination !== "document";
}
