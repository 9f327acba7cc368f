import type { ErrorRequestHandler, RequestHandler } from "express";
import { VariantLimitError } from "../../transform/encoders.ts";
import { notedClient } from "../access/client-address.ts";
import type { OnRefused } from "../limits/refusals.ts";
import { LimitError } from "../limits/take-slot.ts";
import { isBodyPending, sendErrorEarly } from "../shared/early-response.ts";
import { NON_DOCUMENT } from "../shared/headers.ts";
import { HttpError, INTERNAL_ERROR } from "../shared/http-error.ts";
import { sendPage } from "../shared/send-page.ts";
import { allowedMethods } from "./options.ts";

/** Refuses requests that no route took. */
export function notFoundMiddleware(): RequestHandler {
  return (request) => {
    const methods = allowedMethods(request.path);
    if (!methods.includes(request.method)) {
      const words = `${methods.slice(0, -1).join(", ")} or ${methods.at(-1)}`;
      const text = `Method not allowed: ${request.method}. Use ${words}.`;
      throw new HttpError(405, text, { Allow: methods.join(", ") });
    }
    throw new HttpError(404, `Not found: ${request.path}.`);
  };
}

export interface ErrorOptions {
  readonly title: string;
  readonly onError: (error: unknown) => void;
  readonly onRefused: OnRefused;
}

/** Sends HTML to a browser that navigates, JSON to others. */
export function errorMiddleware({ title, onError, onRefused }: ErrorOptions): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const httpError = asHttpError(error);
    const { status, message, headers } = httpError;
    const limit = httpError instanceof LimitError ? httpError.limit : undefined;
    onRefused(status, limit, notedClient(request)?.address);
    if (status === 500 && !(error instanceof HttpError)) onError(error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // Meant for the answer that failed.
    response.removeHeader("Content-Type");
    response.set(NON_DOCUMENT);
    if (isBodyPending(request)) {
      void sendErrorEarly(request, response, httpError);
      return;
    }
    response
      .status(status)
      .set({ "Cache-Control": "no-store", ...headers })
      .vary("Accept");
    if (request.accepts(["json", "html"]) === "html") {
      const isAdmitted = status !== 403 || notedClient(request) !== undefined;
      sendPage(response, "error", { title, status, message, words: errorPage(httpError, isAdmitted) });
    } else {
      response.json({ error: message });
    }
  };
}

const VARIANT_RETRY_S = 10;

/** Express's own errors carry a status, such as 400 for malformed percent-encoding. */
function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof VariantLimitError) {
    return new HttpError(503, `${error.message}.`, { "Retry-After": String(VARIANT_RETRY_S) });
  }
  const { status } = (error ?? {}) as { status?: unknown };
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new HttpError(status, "Bad request: its URL or headers are malformed.");
  }
  return new HttpError(500, INTERNAL_ERROR);
}

interface ErrorPage {
  readonly heading: string;
  /** Without, the client gets neither styles nor images. */
  readonly isAdmitted: boolean;
  /** Absent if every answer would be the same. `href` is `/` for our start, else relative. */
  readonly action?: { readonly label: string; readonly href: string };
}

/** A browser shows the page of a 401 once its password dialog was canceled. */
function errorPage({ status, headers }: HttpError, isAdmitted: boolean): ErrorPage {
  if (!isAdmitted) return { heading: "Access denied", isAdmitted };
  if (status === 401) {
    const isLink = headers["WWW-Authenticate"]?.startsWith("Bearer") === true;
    return isLink
      ? { heading: "This link is not valid", isAdmitted, action: { label: "Sign in", href: "?" } }
      : { heading: "Sign in required", isAdmitted, action: { label: "Sign in", href: "" } };
  }
  if (status === 429) return { heading: HEADINGS[429], isAdmitted, action: { label: "Try again", href: "" } };
  const heading = HEADINGS[status] ?? (status >= 500 ? "Something went wrong" : "Bad request");
  return { heading, isAdmitted, action: { label: "Go to the cameras", href: "/" } };
}

const HEADINGS: Readonly<Record<number, string>> & { readonly 429: string } = {
  403: "Not allowed",
  404: "Not found",
  429: "Too many requests",
  503: "Temporarily unavailable",
};
