import type { IncomingMessage } from "node:http";
import { setTimeout as sleep, setImmediate as yieldToOthers } from "node:timers/promises";
import type { WebSocket } from "ws";
import type { Camera } from "../../core/camera.ts";
import { PublisherSlotBusy, PublisherTimeout } from "../../core/ingest/publisher.ts";
import type { PublisherConnection } from "../../core/ingest/publisher-connection.ts";
import { ReadImageError, readImage } from "../../protocols/read-image.ts";
import { TokenBucket } from "../../util/token-bucket.ts";
import { requireOwnOrigin } from "../access/origin.ts";
import type { WebSocketRoute } from "../server/web-sockets.ts";
import { type IngestCounts, ingestErrorOf, type PublisherSlots, publisherOf, publisherSlotOf } from "./ingest-route.ts";

/** A publisher that reads no answers is cut off. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** A read of the socket may hold 10,000 invalid messages, at 0.4 ms each (measured 2026-11-29). */
const REFUSED_AT_ONCE = 1000;
const REFUSED_PER_SECOND = 100;

export interface IngestSocketOptions {
  /** @throws HttpError if the request may not publish */
  readonly find: (name: string, request: IncomingMessage) => Camera;
  readonly publisherSlots: PublisherSlots;
}

/**
 * Accepts an image with each binary message. Answers each in order with the counts: a publisher
 * knows what is in flight.
 */
export function ingestSocket({ find, publisherSlots }: IngestSocketOptions): WebSocketRoute {
  return (request, { name = "" }) => {
    requireOwnOrigin(request);
    const slot = publisherSlotOf(publisherSlots, find(name, request));
    const publisher = publisherOf(request);
    try {
      slot.check(publisher);
    } catch (error) {
      throw ingestErrorOf(error) ?? error;
    }
    return (socket, ended) => {
      const connection = slot.connect({
        publisher,
        isStream: true,
        received: () => request.socket.bytesRead,
        onLost: (error) => socket.close(closeCodeOf(error), error.message),
      });
      ended.addEventListener("abort", () => connection.end());
      receive(socket, connection);
    };
  };
}

function receive(socket: WebSocket, connection: PublisherConnection): void {
  const counts: IngestCounts = { frames: 0, skipped: 0 };
  const answer = (error?: string) => {
    if (socket.bufferedAmount > MAX_ANSWER_BYTES) socket.terminate();
    else socket.send(JSON.stringify(error === undefined ? counts : { ...counts, error }), () => {});
  };
  // A closing socket still delivers messages.
  const isOver = () => socket.readyState !== socket.OPEN;
  const take = async (image: Uint8Array): Promise<string | undefined> => {
    try {
      await connection.push(await readImage(image));
      counts.frames++;
      return undefined;
    } catch (error) {
      if (!(error instanceof ReadImageError)) throw error;
      counts.skipped++;
      connection.skip(error.message);
      return error.message;
    }
  };
  // One at a time: the next wait, and the socket is not read.
  let queue = Promise.resolve();
  let waiting = 0;
  const refused = new TokenBucket(REFUSED_PER_SECOND, REFUSED_AT_ONCE);
  socket.on("message", (data: Buffer, isBinary) => {
    waiting++;
    socket.pause();
    queue = queue.then(async () => {
      waiting--;
      if (isOver()) return;
      const error = isBinary ? await take(data) : "Text message ignored. Send each image as a binary message.";
      answer(error);
      if (isBinary && error !== undefined) {
        await yieldToOthers();
        if (!refused.take(performance.now())) await sleep(1000 / REFUSED_PER_SECOND);
      }
      if (waiting === 0) socket.resume();
    });
    queue.catch(() => socket.terminate());
  });
}

/** 1001 going away, 1008 policy violation (RFC 6455, 7.4.1); 4409 is our own, after HTTP's 409. */
function closeCodeOf(error: Error): number {
  if (error instanceof PublisherSlotBusy) return 1001;
  return error instanceof PublisherTimeout ? 1008 : 4409;
}
