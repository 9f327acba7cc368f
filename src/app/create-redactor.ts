import type { z } from "zod";
import { Redactor } from "../util/secrets/redactor.ts";

/** Hides the address and secret options of a camera or an output in messages. */
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
  // The driver's name is the scheme of `http://…`.
  return new Redactor([written.startsWith("//") ? `${kind}:${written}` : written], secrets);
}
