import type { RequestHandler } from "express";
import { networkOf } from "../../net/ip-address.ts";
import { joinSmallChunks } from "../../net/join-small-chunks.ts";
import { TokenBuckets } from "../../util/token-buckets.ts";

/**
 * Small pieces of bodies that are read from an address. They cost 2.5 µs each (see net/join-pieces), so that a flood of them takes
 * a tenth of a core. At once as many as a small camera's picture has bytes, which a sketch may write one by one.
 */
const PIECES_PER_SECOND = 40_000;
const PIECES_AT_ONCE = 60_000;

/** Methods of which no body is ever read (RFC 9110, 9.3.1). */
const WITHOUT_BODY = new Set(["GET", "HEAD", "OPTIONS"]);

/** Keeps bodies that come in small pieces from taking memory and time; bodies that nobody reads are thrown away as they come. */
export function bodyPiecesMiddleware(): RequestHandler {
  const allowances = new TokenBuckets({ perSecond: PIECES_PER_SECOND, burst: PIECES_AT_ONCE });
  return (request, _response, next) => {
    // With a length, all that came at once is one piece.
    if (request.headers["transfer-encoding"] !== undefined) {
      const network = networkOf(request.socket.remoteAddress ?? "");
      joinSmallChunks(request, (pieces) => allowances.charge(network, pieces, performance.now()));
    }
    if (WITHOUT_BODY.has(request.method)) request.resume();
    next();
  };
}
