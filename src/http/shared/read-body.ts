import type { Request } from "express";
import { readAll, TooManyBytes } from "../../util/byte-collector.ts";

/** A body was not read: `large` is over the limit, `encoded` is compressed, `broken` ended before its end. */
export class BodyError extends Error {
  override readonly name = "BodyError";
  readonly kind: "large" | "encoded" | "broken";

  constructor(kind: BodyError["kind"]) {
    super(`The body is ${kind}`);
    this.kind = kind;
  }
}

/**
 * Reads a request's body to its end, into one buffer. A compressed one is refused, since few bytes may unfold into many.
 * @throws BodyError; one whose length is said to be over `maxBytes` is not read at all.
 */
export async function readBody(request: Request, maxBytes: number): Promise<Buffer> {
  const { "content-encoding": encoding = "identity", "content-length": length = "0" } = request.headers;
  if (encoding.toLowerCase() !== "identity") throw new BodyError("encoded");
  if (Number(length) > maxBytes) throw new BodyError("large");
  // An iterator that destroyed the request would keep the client from its answer.
  const body = request.iterator({ destroyOnReturn: false });
  try {
    return await readAll(body, maxBytes);
  } catch (error) {
    throw new BodyError(error instanceof TooManyBytes ? "large" : "broken");
  }
}

/** Decodes a body as UTF-8, with or without a byte order mark. @throws TypeError where it is not. */
export function utf8Of(body: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(body);
}
