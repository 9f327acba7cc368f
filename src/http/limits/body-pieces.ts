import type { RequestHandler } from "express";
import { networkOf } from "../../net/ip-address.ts";
import { joinSmallChunks } from "../../net/join-small-chunks.ts";
import { TokenBuckets } from "../../util/token-buckets.ts";

/**
 * Per IP address. At 2.5 µs each (see net/join-small-chunks), a flood takes a tenth of a core. A
 * sketch may write a whole image byte by byte, hence the burst.
 */
const PIECES_PER_SECOND = 40_000;
const PIECES_AT_ONCE = 60_000;

/** Their bodies are never read (RFC 9110, 9.3.1). */
const WITHOUT_BODY = new Set(["GET", "HEAD", "OPTIONS"]);

/** Keeps bodies in small chunks from taking memory and CPU. */
export function bodyPiecesMiddleware(): RequestHandler {
  const buckets = new TokenBuckets({ perSecond: PIECES_PER_SECOND, burst: PIECES_AT_ONCE });
  return (request, _response, next) => {
    // With a length, everything that arrives together is one chunk.
    if (request.headers["transfer-encoding"] !== undefined) {
      const network = networkOf(request.socket.remoteAddress ?? "");
      joinSmallChunks(request, (pieces) => buckets.charge(network, pieces, performance.now()));
    }
    if (WITHOUT_BODY.has(request.method)) request.resume();
    next();
  };
}
