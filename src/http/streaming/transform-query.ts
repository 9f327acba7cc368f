import type { Request } from "express";
import { z } from "zod";
import { kebabCase } from "../../options/option-names.ts";
import { queryOptions, type VariantSpec } from "../../transform/transform-spec.ts";
import { variantKey } from "../../transform/variant-key.ts";
import { HttpError } from "../shared/http-error.ts";
import { queryParameter, quoted } from "../shared/request.ts";

const schema = z.strictObject(queryOptions);

/**
 * A bare parameter is a cache buster, except `gray`. @throws HttpError 400 for wrong parameters.
 */
export function readTransformQuery(request: Pick<Request, "query">): VariantSpec {
  const written = Object.keys(queryOptions).map((key) => [key, queryParameter(request, kebabCase(key))] as const);
  const input = Object.fromEntries(written.filter(([key, value]) => value !== "" || key === "gray"));
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path: [key], message }) => {
    return `${kebabCase(String(key))} ${message}, got ${quoted(input[String(key)])}`;
  });
  throw new HttpError(400, `${problems.join("; ")}.`);
}

export function variantKeyOrNull(spec: VariantSpec): string | null {
  return variantKey(spec) || null;
}
