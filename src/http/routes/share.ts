import type { Request } from "express";
import { requireOwnOrigin } from "../access/origin.ts";
import { HttpError } from "../shared/errors.ts";
import { BodyError, readBody } from "../shared/read-body.ts";
import type { CameraHandler } from "../streaming/stream.ts";
import { isPageUrl, sendQrCode } from "./qr-code.ts";

/**
 * `POST /cameras/:name/share.svg`: the address in the body as a QR code. By POST, since the address may have a token, and proxies
 * write down the addresses that they are asked for.
 */
export const shareCodeRoute: CameraHandler = async (camera, request, response) => {
  requireOwnOrigin(request);
  const url = await readText(request);
  if (!isPageUrl(url, camera, { pages: ["", "/publish"], mayHaveToken: true })) {
    // Without what was received, which may have a token.
    const wanted = `the address of a page that ends in /cameras/${camera.name} or /cameras/${camera.name}/publish`;
    throw new HttpError(400, `The body takes ${wanted}, with ?token= or nothing behind it.`);
  }
  await sendQrCode(response, url);
};

/** More than any address that is drawn, in bytes. */
const MAX_BODY_BYTES = 2048;

async function readText(request: Request): Promise<string> {
  try {
    return (await readBody(request, MAX_BODY_BYTES)).toString();
  } catch (error) {
    const isLarge = error instanceof BodyError && error.kind === "large";
    throw new HttpError(isLarge ? 413 : 400, "The body must be an address, as plain text.");
  }
}
