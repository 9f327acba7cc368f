import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import express, { type RequestHandler } from "express";
import { SCRIPT_POLICY } from "../shared/headers.ts";
import { BUNDLES, pageFiles } from "../shared/page-files.ts";

const PUBLIC = fileURLToPath(new URL("../../../public/", import.meta.url));

/** Best first, with the ends of their names. */
const ENCODINGS = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;

const TYPES: Readonly<Record<string, string>> = { js: "text/javascript", css: "text/css" };

/** Sends the pages' bundles, and the files below `public/`. */
export function staticFilesRoute(): RequestHandler {
  const options = { index: false, redirect: false, setHeaders } as const;
  return express.Router().use(preferCompressed(), express.static(BUNDLES, options), express.static(PUBLIC, options));
}

function preferCompressed(): RequestHandler {
  const files = new Set(Object.values(pageFiles()));
  return (request, response, next) => {
    const { path } = request;
    if (!files.has(path.slice(1))) return next();
    response.vary("Accept-Encoding");
    const [encoding, end] = ENCODINGS.find(([name]) => request.acceptsEncodings(name)) ?? [];
    if (encoding !== undefined) {
      response.set("Content-Encoding", encoding).type(TYPES[path.split(".").at(-1) ?? ""] ?? "");
      request.url = `${path}${end}`;
    }
    next();
  };
}

function setHeaders(response: ServerResponse, path: string): void {
  if (/\.js(\.\w+)?$/.test(path)) response.setHeader("Content-Security-Policy", SCRIPT_POLICY);
  // A name with a hash never gets another content.
  const isHashed = /-[0-9A-Z]{8}\.(js|css)(\.\w+)?$/.test(path);
  if (isHashed) response.setHeader("Cache-Control", "public, max-age=31536000, immutable");
}
