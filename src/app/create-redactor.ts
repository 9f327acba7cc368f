import type { z } from "zod";
import { Redactor } from "../util/secrets/redactor.ts";

/** Hides the address of a camera or an output, and those of its options that are secrets, in what is said about it. */
export function createRedactor(
  kind: string,
  options: Readonly<Record<string, unknown>>,
  schema: z.ZodObject,
): Redactor {
  const { address } = options;
  const written = typeof address === "string" ? address : "";
  const secrets = Object.entries(options).flatMap(([key, value]) => {
    const isSecret = (schema.shape[key] as z.ZodType | undefined)?.meta()?.["isSecret"] === true;
    return isSecret && typeof value === "string" ? [value] : [];
  });
  // Of `http://…` the scheme is the driver's name.
  return new Redactor([written.startsWith("//") ? `${kind}:${written}` : written], secrets);
}
