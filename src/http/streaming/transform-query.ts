import type { Request } from "express";
import { z } from "zod";
import { queryOptions, type VariantSpec } from "../../transform/transform-spec.ts";
import { variantKey } from "../../transform/variant-key.ts";
import { HttpError } from "../shared/errors.ts";
import { quoted } from "../shared/request.ts";

const schema = z.strictObject(queryOptions);

/**
 * What a request asks to be done to its pictures. A bare parameter is a cache buster, but for `gray`. Throws an HttpError
 * 400 that says what is wrong with each of the others.
 */
export function variantSpecOf({ query }: Pick<Request, "query">): VariantSpec {
  const names = Object.keys(queryOptions).filter((name) => query[name] !== "" || name === "gray");
  const result = schema.safeParse(Object.fromEntries(names.map((name) => [name, query[name]])));
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path: [name], message }) => {
    return `${String(name)} ${message.replace(/^must be/, "takes")}, got ${quoted(query[String(name)])}`;
  });
  throw new HttpError(400, `${problems.join("; ")}.`);
}

/** What a viewer's status calls it; null for the camera's own pictures. */
export function variantKeyOrNull(spec: VariantSpec): string | null {
  return variantKey(spec) || null;
}
