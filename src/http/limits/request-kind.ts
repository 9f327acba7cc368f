import { pathOf } from "../shared/paths.ts";

/**
 * `api`: snapshots, status and changes, which programs poll. `stream`: streams and health, never
 * refused for other requests of the address. `ingest`: frames from publishers. `page`: all else.
 */
export type RequestKind = "api" | "stream" | "ingest" | "page";

/** Decides by the end of the path, below any base path. */
export function requestKind(url: string): RequestKind {
  if (UNUSUAL.test(url)) return "api";
  const path = pathOf(url);
  if (STREAM.test(path)) return "stream";
  if (INGEST.test(path)) return "ingest";
  if (API.test(path)) return "api";
  const action = ACTION.exec(url)?.[1];
  if (action === undefined) return "page";
  return action === "stream" ? "stream" : "api";
}

const STREAM = /\/(?:video_feed|stream|stream\.mjpe?g|live|healthz)\/?$/i;
const INGEST = /\/frames\/?$/i;
const API = /\/(?:snapshot(?:\.jpg)?|frame\.jpeg|state|metrics)\/?$|\/api\//i;

/** No client writes these in a path, and Express reads them its own way. */
const UNUSUAL = /^[^?]*?(?:[^!-~]|[\\#])/;

/** mjpg-streamer names both in the query. */
const ACTION = /[?&]action=(stream|snapshot)/;
