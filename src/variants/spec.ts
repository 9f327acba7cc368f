import type { z } from "zod";
import { integer, positive } from "../core/values.ts";

/** How a picture is to be changed. Absent fields change nothing. */
export interface VariantSpec {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly fit?: "inside" | "exact" | undefined;
  readonly quality?: number | undefined;
  readonly fps?: number | undefined;
  readonly maxBytes?: number | undefined;
}

export const variantOptions = {
  width: integer(1, 16384).optional().describe("greatest width in pixels"),
  height: integer(1, 16384).optional().describe("greatest height in pixels"),
  quality: integer(1, 100).optional().describe("JPEG quality"),
  fps: positive(240).optional().describe("most pictures a second"),
};

export function variantSpecOf(options: z.output<z.ZodObject<typeof variantOptions>>): VariantSpec {
  return options;
}
