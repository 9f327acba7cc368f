import type { IncomingMessage, ServerResponse } from "node:http";
import type { Request, Response } from "express";
import { NO_CACHE } from "./headers.ts";

interface ErrorAnswer {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

const DRAIN_MS = 2000;

/** Sends an error as JSON while the body still arrives, then closes. */
export async function sendErrorEarly(request: Request, response: Response, error: ErrorAnswer): Promise<void> {
  const body = JSON.stringify({ error: error.message });
  response.status(error.status).set({ ...NO_CACHE, ...error.headers });
  response.set("Content-Type", "application/json; charset=utf-8");
  await endEarly(request, response, body);
}

/**
 * Closes once the client stops sending, or after 2 s: an early close resets the connection, and the
 * client misses the response (RFC 9112, 9.6).
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

export function isBodyPending({ headers, complete }: IncomingMessage): boolean {
  return !complete && (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0);
}
