import { randomBytes } from "node:crypto";
import type { Request } from "express";
import type { Frame } from "../../core/frame.ts";
import type { VariantSpec } from "../../transform/transform-spec.ts";
import { transformKey } from "../../transform/variant-key.ts";

/** Frames are numbered from 0 whenever the program starts: this tells its runs apart. */
const RUN = randomBytes(6).toString("base64url");

/** The entity tag of a camera's frame as a spec has it (RFC 9110, 8.8.3), which is known before it is transformed. */
export function etagOf({ seq }: Frame, spec: VariantSpec): string {
  return `"${[RUN, seq, transformKey(spec)].filter((part) => part !== "").join(".")}"`;
}

/**
 * Whether the client says that it has this already (RFC 9110, 13.1.2). By hand, since what Express has for it takes
 * `Cache-Control: no-cache` for a no, and every `fetch` with a condition of its own sends that.
 */
export function isKnown(request: Request, etag: string): boolean {
  const known = request.get("if-none-match") ?? "";
  if (known.trim() === "*") return true;
  return known.split(/,(?=\s*(?:W\/)?")/).some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
