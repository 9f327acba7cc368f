import type { IncomingMessage, ServerResponse } from "node:http";
import type { Request, Response } from "express";
import { NO_CACHE } from "./headers.ts";

/** An answer other than 2xx, as an HttpError has it. */
interface ErrorAnswer {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How long what a client still sends is read and thrown away after it was answered, in milliseconds. */
const DRAIN_MS = 2000;

/** Answers with an error, as JSON, although the request's body is still coming, and then closes the connection. */
export async function sendErrorEarly(request: Request, response: Response, error: ErrorAnswer): Promise<void> {
  const body = JSON.stringify({ error: error.message });
  response.status(error.status).set({ ...NO_CACHE, ...error.headers });
  response.set("Content-Type", "application/json; charset=utf-8");
  await endEarly(request, response, body);
}

/**
 * Ends an answer whose head is set, and its connection, although the request's body is still coming: once the client
 * stops sending, or after 2 s. To close at once would have the system reset the connection, since something is unread,
 * and the client would see that rather than the answer (RFC 9112, 9.6).
 */
export async function endEarly(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.setHeader("Connection", "close");
  response.write(body);
  if (!request.complete) {
    request.resume();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, DRAIN_MS);
      const finish = () => {
        clearTimeout(timer);
        resolve();
      };
      for (const event of ["end", "error", "close"]) request.once(event, finish);
    });
  }
  response.end();
}

/** Whether a request has a body of which some is still to come. */
export function isBodyPending({ headers, complete }: IncomingMessage): boolean {
  return !complete && (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0);
}
