import { pathOf } from "../shared/paths.ts";

/**
 * What a request is for, as far as limits go.
 * `ask`: a picture, a status, something to be done: what programs ask again and again.
 * `watch`: a stream, or whether the server is well: few, and not to be refused for what others of the same address ask.
 * `send`: pictures of a camera.
 * `page`: everything else.
 */
export type RequestKind = "ask" | "watch" | "send" | "page";

/** By the path's end, whatever the base path; a path that is nothing's may be of any kind. */
export function requestKind(url: string): RequestKind {
  if (UNUSUAL.test(url)) return "ask";
  const path = pathOf(url);
  if (WATCH.test(path)) return "watch";
  if (SEND.test(path)) return "send";
  if (ASK.test(path)) return "ask";
  const action = ACTION.exec(url)?.[1];
  if (action === undefined) return "page";
  return action === "stream" ? "watch" : "ask";
}

const WATCH = /\/(?:video_feed|stream|stream\.mjpe?g|live|healthz)\/?$/i;
const SEND = /\/frames\/?$/i;
const ASK = /\/(?:snapshot(?:\.jpg)?|frame\.jpeg|state|metrics)\/?$|\/api\//i;

/** Characters that no client writes in a path, and that Express reads in ways of its own: the path says nothing for sure. */
const UNUSUAL = /^[^?]*?(?:[^!-~]|[\\#])/;

/** mjpg-streamer's way to name both. */
const ACTION = /[?&]action=(stream|snapshot)/;
