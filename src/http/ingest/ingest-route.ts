import type { IncomingMessage } from "node:http";
import type { Request, Response } from "express";
import type { Camera } from "../../core/camera.ts";
import { type Publisher, PublisherConflict, PublisherSlotBusy, PublisherTimeout } from "../../core/ingest/publisher.ts";
import type { PublisherSlot } from "../../core/ingest/publisher-slot.ts";
import { MAX_FRAME_BYTES } from "../../jpeg/split.ts";
import { MAX_IMAGE_MEGABYTES, ReadImageError } from "../../protocols/read-image.ts";
import { readImages } from "../../protocols/read-images.ts";
import { inTurns } from "../../util/async-iterate.ts";
import type { CameraHandler } from "../access/camera-handler.ts";
import { addressOf } from "../access/client-address.ts";
import { requireOwnOrigin } from "../access/origin.ts";
import { exemptFromEviction } from "../limits/connections.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { HttpError } from "../shared/http-error.ts";
import { clientKeyOf } from "../shared/request.ts";

/** Maps the cameras that accept uploads to their slots. */
export type PublisherSlots = Pick<ReadonlyMap<string, PublisherSlot>, "get" | "has">;

/** The answer to a POST, and to each WebSocket message. */
export interface IngestCounts {
  frames: number;
  /** Incomplete or damaged frames. */
  skipped: number;
}

/** Accepts the images of a body for as long as it stays open. */
export function ingestRoute(publisherSlots: PublisherSlots): CameraHandler {
  return async (camera, request, response) => {
    try {
      requireOwnOrigin(request);
      const slot = publisherSlotOf(publisherSlots, camera);
      const type = typeOf(request);
      refuseLarge(request, type);
      exemptFromEviction(request.socket, response);
      const counts = await receive(request, response, slot, type);
      response.status(202).set(NO_CACHE).json(counts);
    } catch (error) {
      // Otherwise the publisher has left.
      if (!request.socket.destroyed) throw ingestErrorOf(error) ?? error;
    }
  };
}

/** @throws HttpError 404 for a camera that does not accept uploads. */
export function publisherSlotOf(publisherSlots: PublisherSlots, camera: Camera): PublisherSlot {
  const slot = publisherSlots.get(camera.name);
  if (slot !== undefined) return slot;
  const { driver } = camera.status();
  throw new HttpError(404, `Camera "${camera.title}" does not accept uploads: its driver is "${driver}", not "push".`);
}

export function publisherOf(request: IncomingMessage): Publisher {
  return { address: addressOf(request), key: clientKeyOf(request) };
}

/** Undefined for errors of our own. */
export function ingestErrorOf(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (error instanceof PublisherConflict) return new HttpError(409, error.message, { "Retry-After": "2" });
  if (error instanceof PublisherSlotBusy) return new HttpError(503, error.message, { "Retry-After": "2" });
  if (error instanceof PublisherTimeout) return new HttpError(408, error.message);
  if (error instanceof ReadImageError) return new HttpError(STATUS_OF[error.kind], error.message);
  return undefined;
}

const STATUS_OF = { large: 413, format: 415, damaged: 400, busy: 503 } as const;

/** `curl --data-binary` gives any body this type. */
const FORM = "application/x-www-form-urlencoded";

/** @throws HttpError 415 for a type that holds no images */
function typeOf({ headers }: Request): string {
  const type = (headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity")
    throw new HttpError(415, `Unsupported encoding: ${encoding}. Send the body uncompressed.`);
  if (TYPES.test(type)) return type;
  const wanted = "Send image/jpeg, another image type, or multipart/x-mixed-replace.";
  throw new HttpError(415, `Unsupported type: ${type}. ${wanted}`);
}

/** Cameras and upload libraries use these names for JPEG and MJPEG. */
const TYPES =
  /^(|image\/(?!svg)[\w.+-]+|multipart\/[\w-]+|video\/(x-)?(motion-?)?(jpe?g|mjpeg)|(application|binary)\/octet-stream|application\/x-www-form-urlencoded)$/;

function refuseLarge({ headers }: Request, type: string): void {
  const length = Number(headers["content-length"] ?? 0);
  if (length === 0 && headers["transfer-encoding"] === undefined) {
    throw new HttpError(400, "Empty body. Send one or more images.");
  }
  if (!type.startsWith("image/") || length <= MAX_FRAME_BYTES) return;
  throw new HttpError(413, `Image too large: ${length} bytes. The limit is ${MAX_IMAGE_MEGABYTES} MB.`);
}

/** Rejects as soon as the publisher must be refused. */
function receive(request: Request, response: Response, slot: PublisherSlot, type: string): Promise<IngestCounts> {
  return new Promise((resolve, reject) => {
    const connection = slot.connect({
      publisher: publisherOf(request),
      isStream: isStream(request, type),
      received: () => request.socket.bytesRead,
      onLost: reject,
    });
    // After a token ends, even frames that were read already are dropped.
    response.once("close", () => connection.end());
    const counts: IngestCounts = { frames: 0, skipped: 0 };
    const onSkip = (reason: string) => {
      counts.skipped++;
      connection.skip(reason);
    };
    const read = async () => {
      const body = inTurns(request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>);
      try {
        const isOther = type.startsWith("image/") && !/jpe?g$/.test(type);
        for await (const jpeg of readImages(body, { isOther, onSkip })) {
          await connection.push(jpeg);
          counts.frames++;
        }
        if (counts.frames === 0) throw nothingIn(type);
        connection.end("done");
        return counts;
      } catch (error) {
        if (error instanceof ReadImageError) connection.skip(error.message);
        throw error;
      } finally {
        connection.end();
        await body.return(undefined);
      }
    };
    read().then(resolve, reject);
  });
}

/** The length is unknown, or too large for one image. */
function isStream({ headers }: Request, type: string): boolean {
  const length = headers["content-length"];
  return length === undefined || Number(length) > MAX_FRAME_BYTES || /^(multipart\/x-|video\/)/.test(type);
}

function nothingIn(type: string): HttpError {
  if (type === FORM) {
    return new HttpError(
      415,
      "This is a form, not an image. Set Content-Type: image/jpeg, and send the image as it is.",
    );
  }
  return new HttpError(400, "No complete JPEG in the body.");
}
