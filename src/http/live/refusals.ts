import type { Camera } from "../../core/camera.ts";
import { VariantLimitError } from "../../transform/encoders.ts";
import type { FindCamera } from "../access/authorization.ts";
import { HttpError, INTERNAL_ERROR } from "../shared/http-error.ts";
import { ControlMessageError } from "./protocol.ts";

/** What a client is told of an error that is its own; undefined for others. */
export function explain(error: unknown): string | undefined {
  if (error instanceof HttpError || error instanceof ControlMessageError) return error.message;
  return error instanceof VariantLimitError ? `${error.message}.` : undefined;
}

/** Why a camera's pictures have ended by themselves: it may be that it is not there any more. */
export function whyOver({ name, title }: Camera, find: FindCamera): string {
  try {
    find(name);
    return `${title} gives no more pictures.`;
  } catch (error) {
    return explain(error) ?? INTERNAL_ERROR;
  }
}
