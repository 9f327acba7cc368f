import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import express, { type RequestHandler } from "express";
import { SCRIPT_POLICY } from "../shared/headers.ts";

const PUBLIC = fileURLToPath(new URL("../../../public/", import.meta.url));

/** Sends the files below `public/`: scripts, styles and images of our pages. */
export function staticFilesRoute(): RequestHandler {
  return express.static(PUBLIC, { index: false, redirect: false, setHeaders });
}

function setHeaders(response: ServerResponse, path: string): void {
  if (path.endsWith(".js")) response.setHeader("Content-Security-Policy", SCRIPT_POLICY);
}
