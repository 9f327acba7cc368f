import type { ErrorRequestHandler, RequestHandler } from "express";
import { VariantLimitError } from "../../transform/encoders.ts";
import { notedClient } from "./client-address.ts";
import { isBodyPending, sendErrorEarly } from "./early-response.ts";
import { errorPage } from "./error-pages.ts";
import { NON_DOCUMENT } from "./headers.ts";
import { allowedMethods } from "./methods.ts";
import type { Limit, OnRefused } from "./refusals.ts";
import { sendPage } from "./send-page.ts";

/** An answer other than 2xx. The message is one plain sentence for a person. */
export class HttpError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The limit that was reached, if one was. */
  readonly limit: Limit | undefined;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}, limit?: Limit) {
    super(message);
    this.name = "HttpError";
    this.status = status;
    this.headers = headers;
    this.limit = limit;
  }
}

/** What those are told who are not to blame. */
export const INTERNAL_ERROR = "Something went wrong in the server; its log says what.";

/** What no route took. */
export const notFoundMiddleware: RequestHandler = (request) => {
  const methods = allowedMethods(request.path);
  if (!methods.includes(request.method)) {
    const words = `${methods.slice(0, -1).join(", ")} and ${methods.at(-1)}`;
    throw new HttpError(405, `${request.method} is not understood here; ${words} are.`, { Allow: methods.join(", ") });
  }
  throw new HttpError(404, `There is nothing at ${request.path}.`);
};

/** Answers with an error as HTML for a browser that navigates, as JSON for everything else. */
export function errorMiddleware({
  title,
  onError,
  onRefused = () => {},
}: {
  title: string;
  onError: (error: unknown) => void;
  /** Told of each answer that is an error. */
  onRefused?: OnRefused | undefined;
}): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const { status, message, headers, limit } = asHttpError(error);
    onRefused(status, limit, notedClient(request)?.address);
    if (status === 500 && !(error instanceof HttpError)) onError(error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // Of the answer that was meant to be.
    response.removeHeader("Content-Type");
    response.set(NON_DOCUMENT);
    if (isBodyPending(request)) {
      void sendErrorEarly(request, response, { status, message, headers });
      return;
    }
    response
      .status(status)
      .set({ "Cache-Control": "no-store", ...headers })
      .vary("Accept");
    if (request.accepts(["json", "html"]) === "html") {
      const isLetIn = status !== 403 || notedClient(request) !== undefined;
      sendPage(response, "error", { title, status, message, words: errorPage({ status, headers, isLetIn }) });
    } else {
      response.json({ error: message });
    }
  };
}

/** How long a client should wait for a variant to become free, in seconds. */
const VARIANT_RETRY_S = 10;

/** Express's own errors carry a status, such as 400 for a malformed percent-encoding; anything else is our fault. */
function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof VariantLimitError) {
    return new HttpError(503, `${error.message}.`, { "Retry-After": String(VARIANT_RETRY_S) });
  }
  const { status } = (error ?? {}) as { status?: unknown };
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new HttpError(status, "The request cannot be understood.");
  }
  return new HttpError(500, INTERNAL_ERROR);
}
