import { maxHeaderSize, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { PreparedResponse } from "./fast-reject.ts";
import type { Limit } from "./refusals.ts";

/** What is said of a request that cannot be read, and the limit that it has reached. */
interface Complaint {
  readonly answer: PreparedResponse;
  readonly limit?: Limit;
}

/**
 * Closes a connection on which no request can be read, with a sentence that says why; without one if another answer has
 * begun, and to who has asked nothing: browsers open connections that they may never need. Gives the limit that was reached.
 */
export function closeWithError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  hasAnswer: boolean,
): Complaint | undefined {
  const complaint = COMPLAINTS[error.code ?? ""] ?? OTHER;
  const isTold = socket.writable && !hasAnswer && socket.bytesRead > 0 && error.code !== "ECONNRESET";
  if (isTold) socket.write(complaint.answer.bytes, "latin1");
  socket.destroy(error);
  return isTold ? complaint : undefined;
}

const endings = new WeakSet<ServerResponse>();

/**
 * Lets a request that came whole be answered before its connection is closed for what follows it. Sketches send more of a
 * body than they announce, such as an empty line too many before a picture (ArduCAM/Arduino#250): the rest reads like
 * another request. Returns false where there is no such request.
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

/** By the codes of Node's parser, llhttp. */
const COMPLAINTS: Readonly<Record<string, Complaint>> = {
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

const OTHER: Complaint = { answer: new PreparedResponse(400, "Bad request: not valid HTTP/1.1.") };
