import type { Request } from "express";
import { readAll, TooManyBytes } from "../../util/byte-collector.ts";
import { HttpError } from "./http-error.ts";

export class BodyError extends Error {
  override readonly name = "BodyError";
  readonly kind: "large" | "encoded" | "broken";

  constructor(kind: BodyError["kind"]) {
    super(`The body is ${kind}`);
    this.kind = kind;
  }
}

/** Refuses compression: a few bytes may expand to many. @throws BodyError */
export async function readBody(request: Request, maxBytes: number): Promise<Buffer> {
  const { "content-encoding": encoding = "identity", "content-length": length = "0" } = request.headers;
  if (encoding.toLowerCase() !== "identity") throw new BodyError("encoded");
  if (Number(length) > maxBytes) throw new BodyError("large");
  // A destroyed request would keep the client from its response.
  const body = request.iterator({ destroyOnReturn: false });
  try {
    return await readAll(body, maxBytes);
  } catch (error) {
    throw new BodyError(error instanceof TooManyBytes ? "large" : "broken");
  }
}

/**
 * Reads a JSON body, whatever its type: `curl -d` calls it a form. Undefined if empty. @throws
 * HttpError 413 or 400
 */
export async function readJson(request: Request, maxBytes: number, how: string): Promise<unknown> {
  try {
    const body = await readBody(request, maxBytes);
    return body.length === 0 ? undefined : JSON.parse(utf8Of(body));
  } catch (error) {
    if (error instanceof BodyError && error.kind === "large") {
      throw new HttpError(413, `Body too large: the limit is ${maxBytes} bytes.`);
    }
    throw new HttpError(400, `Invalid body: it is not plain JSON. ${how}`);
  }
}

/** With or without a byte order mark. @throws TypeError for other bytes. */
export function utf8Of(body: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(body);
}
