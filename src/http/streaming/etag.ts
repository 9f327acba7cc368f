import { randomBytes } from "node:crypto";
import type { Request } from "express";
import type { Frame } from "../../core/frame.ts";
import type { VariantSpec } from "../../transform/transform-spec.ts";
import { transformKey } from "../../transform/variant-key.ts";

/** Tells runs of the program apart: each numbers frames from 0. */
const RUN = randomBytes(6).toString("base64url");

/** Returns the entity tag of a frame (RFC 9110, 8.8.3) before it is transformed. */
export function etagOf({ seq }: Frame, spec: VariantSpec): string {
  return `"${[RUN, seq, transformKey(spec)].filter((part) => part !== "").join(".")}"`;
}

/**
 * Returns whether the client has this already (RFC 9110, 13.1.2). Express reads `Cache-Control:
 * no-cache` as a no, which every conditional `fetch` sends.
 */
export function isKnown(request: Request, etag: string): boolean {
  const known = request.get("if-none-match") ?? "";
  if (known.trim() === "*") return true;
  return known.split(/,(?=\s*(?:W\/)?")/).some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
