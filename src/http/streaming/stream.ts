import { once } from "node:events";
import type { Socket } from "node:net";
import type { Request, Response } from "express";
import type { LinkState } from "../../abr/link-estimator.ts";
import type { Camera } from "../../core/camera.ts";
import { Ladder } from "../../transform/ladder.ts";
import type { Variants } from "../../transform/variants.ts";
import { BARE_PASS } from "../access/bare-pass.ts";
import { exemptFromEviction } from "../limits/connections.ts";
import { endWhenGone } from "../server/half-closed.ts";
import { NO_CACHE } from "../shared/headers.ts";
import {
  addressOf,
  clientKeyOf,
  oneOfParameter,
  queryParameter,
  switchParameter,
  withParameter,
} from "../shared/request.ts";
import { sendPage } from "../shared/send-page.ts";
import { latencyToDefend } from "./adapt-query.ts";
import { AdaptiveStream } from "./adaptive-stream.ts";
import type { Feeds } from "./feed.ts";
import { FRAMINGS, type Framing, MULTIPART_TYPE } from "./multipart.ts";
import { PartWriter } from "./part-writer.ts";
import { variantKeyOrNull, variantSpecOf } from "./transform-query.ts";
import type { Viewers } from "./viewers.ts";

export interface StreamOptions {
  readonly feeds: Feeds;
  readonly viewers: Viewers;
  /** The variants of a camera. */
  readonly variants: (camera: Camera) => Variants;
  /** Prepares a viewer's socket so that the system queues little for it. */
  readonly tuneSocket: (socket: Socket) => void;
  /** How the link of a viewer's socket stands now. */
  readonly linkStateOf: (socket: Socket) => LinkState;
}

/** Answers a request for one camera. */
export type CameraHandler = (camera: Camera, request: Request, response: Response) => Promise<void> | void;

/** Sends a camera's stream until the viewer leaves; or a page around it, to a browser that navigates here. */
export function createStreamHandler(options: StreamOptions): CameraHandler {
  const { feeds, viewers, variants, tuneSocket, linkStateOf } = options;
  return async (camera, request, response) => {
    // Behind another answer on the same connection: until its turn comes, nothing would tell that the client has left.
    if (response.socket === null) await once(response, "socket");
    if (response.closed) return;
    const spec = variantSpecOf(request);
    const isStrict = switchParameter(request, "strict");
    // Who asks for true pictures alone would rather miss some than see them smaller, unless it says so.
    const maxLatencyMs = latencyToDefend(request, camera.isAdaptive && !isStrict);
    const wanted = oneOfParameter(request, "framing", FRAMINGS) ?? ustreamerFraming(request);
    response.vary("Accept, Sec-Fetch-Dest");
    if (isNavigation(request)) {
      const src = withParameter(request, "framing", "advance") + (isInFrame(request) ? `&${BARE_PASS}` : "");
      sendPage(response, "stream", { title: camera.title, src });
      return;
    }
    response.set({ ...NO_CACHE, "X-Accel-Buffering": "no" });
    // Not by Express's set, which would add a charset, after which VLC shows nothing.
    response.setHeader("Content-Type", MULTIPART_TYPE);
    response.setHeader("Connection", "close");
    // Neither chunked nor of a known length: the body ends with the connection, as small devices expect.
    response.removeHeader("Transfer-Encoding");
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    const { socket } = request;
    const framing = wanted ?? framingFor(request);
    const ladder = new Ladder(camera, variants(camera), spec);
    const feed = feeds.at(ladder, 0);
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
      // A program takes size and sampling of all pictures from the first: while a camera is only starting, it had
      // better wait for a true one.
      takesPlaceholder: (isSizeGuessed) => !isStrict && !(isSizeGuessed && framing === "length" && camera.isStarting),
      // The camera was closed: so is the stream.
      onClose: () => response.end(),
    });
    const adaptive =
      maxLatencyMs === undefined
        ? undefined
        : new AdaptiveStream({
            ladder,
            feeds,
            writer,
            framing,
            viewer,
            maxLatencyMs,
            linkState: () => linkStateOf(socket),
          });
    response.once("close", () => {
      adaptive?.stop();
      feed.detach(writer);
      viewers.remove(viewer);
    });
    tuneSocket(socket);
    exemptFromEviction(socket, response);
    endWhenGone(socket, response);
    response.flushHeaders();
    writer.open();
    if (adaptive === undefined) feed.attach(writer);
    else adaptive.start();
  };
}

/** What ustreamer's pages ask for in Chromium: https://github.com/pikvm/ustreamer, src/ustreamer/http/server.c. */
function ustreamerFraming(request: Request): Framing | undefined {
  return queryParameter(request, "advance-headers") === "1" ? "advance" : undefined;
}

/**
 * Returns whether a browser would show the answer as a document. It says so by `Sec-Fetch-Dest`, or by what it accepts where
 * it sends no such header, as on plain http; an `<img>`, and programs, say neither. No framing overrules it: a document of
 * ours is never made of what a publisher sends.
 */
function isNavigation(request: Request): boolean {
  const destination = request.get("sec-fetch-dest");
  if (destination !== undefined && DOCUMENTS.has(destination)) return true;
  return (request.get("accept") ?? "").includes("application/xhtml+xml");
}

/** Destinations that become a document (Fetch Standard, 2.2.5: navigation requests). */
const DOCUMENTS: ReadonlySet<string> = new Set(["document", "iframe", "frame", "object", "embed"]);

/** An `<img>` asks for image types and never for text/html; Java's clients ask for both, and are programs. */
function framingFor(request: Request): Framing {
  const accept = request.get("accept") ?? "";
  return accept.includes("image/") && !accept.includes("text/html") ? "advance" : "length";
}

/** Whether the page is for a frame, which may be a sandbox; known where the pass for that is needed. */
function isInFrame({ headers }: Request): boolean {
  const destination = headers["sec-fetch-dest"] ?? "document";
  return destination !== "document";
}
