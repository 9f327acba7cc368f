import type { Request } from "express";
import type { CameraHandler } from "../access/camera-handler.ts";
import { requireOwnOrigin } from "../access/origin.ts";
import { HttpError } from "../shared/http-error.ts";
import { BodyError, readBody } from "../shared/read-body.ts";
import { isPageUrl, sendQrCode } from "./qr-code.ts";

/** Draws the URL in the body as a QR code. By POST: it may have a token, and proxies log URLs. */
export function shareCodeRoute(): CameraHandler {
  return async (camera, request, response) => {
    requireOwnOrigin(request);
    const url = await readText(request);
    if (!isPageUrl(url, camera, { pages: ["", "/publish"], mayHaveToken: true })) {
      // Without the value, which may have a token.
      const wanted = `a URL that ends in /cameras/${camera.name} or /cameras/${camera.name}/publish`;
      throw new HttpError(400, `The body must be ${wanted}, with no query but ?token=.`);
    }
    await sendQrCode(response, url);
  };
}

/** Larger than any URL that is drawn. */
const MAX_BODY_BYTES = 2048;

async function readText(request: Request): Promise<string> {
  try {
    return (await readBody(request, MAX_BODY_BYTES)).toString();
  } catch (error) {
    const isLarge = error instanceof BodyError && error.kind === "large";
    throw new HttpError(isLarge ? 413 : 400, "The body must be a URL as plain text.");
  }
}
