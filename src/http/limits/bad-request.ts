import { maxHeaderSize, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { PreparedResponse } from "./fast-reject.ts";
import type { Limit } from "./refusals.ts";

interface BadRequest {
  readonly answer: PreparedResponse;
  readonly limit?: Limit;
}

/**
 * Closes a connection whose request cannot be read, and says why. Sends nothing if a response has
 * begun, or nothing was asked: browsers open connections they never use.
 */
export function closeWithError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  hasAnswer: boolean,
): BadRequest | undefined {
  const badRequest = BAD_REQUESTS[error.code ?? ""] ?? OTHER;
  const canAnswer = socket.writable && !hasAnswer && socket.bytesRead > 0 && error.code !== "ECONNRESET";
  if (canAnswer) socket.write(badRequest.answer.bytes, "latin1");
  socket.destroy(error);
  return canAnswer ? badRequest : undefined;
}

const endings = new WeakSet<ServerResponse>();

/**
 * Answers a complete request before its connection closes for the bytes behind it: sketches send
 * more than they announce (ArduCAM/Arduino#250). Returns false without such a request.
 */
export function closeAfterResponse(response: ServerResponse | undefined, socket: Socket): boolean {
  if (response === undefined || endings.has(response)) return response !== undefined;
  const { req: request, headersSent, writableEnded } = response;
  if (!request.complete || Number(request.headers["content-length"] ?? 0) === 0 || socket.destroyed) return false;
  if (!headersSent) response.setHeader("Connection", "close");
  else if (!writableEnded) return false;
  endings.add(response);
  socket.pause();
  const close = () => socket.destroySoon();
  if (response.writableFinished) close();
  else response.once("close", close);
  return true;
}

/** By the error codes of Node's parser, llhttp. */
const BAD_REQUESTS: Readonly<Record<string, BadRequest>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    answer: new PreparedResponse(408, "Request timeout: the headers did not arrive in time."),
    limit: "head-time",
  },
  HPE_HEADER_OVERFLOW: {
    answer: new PreparedResponse(431, `Request headers too large: the limit is ${maxHeaderSize} bytes.`),
    limit: "head-size",
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    answer: new PreparedResponse(413, "Chunk extensions too large. Send plain chunks."),
    limit: "head-size",
  },
};

const OTHER: BadRequest = { answer: new PreparedResponse(400, "Bad request: not valid HTTP/1.1.") };
