import { ChunkedDecoder } from "./chunked-decoder.ts";
import { BodyError, decodedBody } from "./decoded-body.ts";
import type { ResponseHead } from "./response-head.ts";

export class ResponseBody {
  /** Past any `Content-Length`. */
  readonly chunks: AsyncGenerator<Uint8Array, void>;
  readonly #chunked: ChunkedDecoder | undefined;
  readonly #statedLength: number | undefined;
  #isDecoded = false;

  constructor({ fields }: ResponseHead, rest: Uint8Array, received: AsyncGenerator<Uint8Array, void>) {
    const transfer = fields.all("transfer-encoding").join().toLowerCase();
    // Chunked overrides any length (RFC 9112, 6.3).
    this.#chunked = transfer.includes("chunked") ? new ChunkedDecoder() : undefined;
    this.#statedLength = lengthOf(fields.get("content-length"));
    const onDecoded = () => {
      this.#isDecoded = true;
      return this.#chunked === undefined ? this.#statedLength : undefined;
    };
    const codings = `${transfer},${fields.all("content-encoding").join().toLowerCase()}`;
    this.chunks = decodedBody({ chunks: this.#framed(rest, received), codings, onDecoded });
  }

  /** May be wrong. Known once the first bytes have come. */
  get length(): number | undefined {
    const isUnframed = this.#chunked === undefined || this.#chunked.isRaw;
    return isUnframed && !this.#isDecoded ? this.#statedLength : undefined;
  }

  async *#framed(rest: Uint8Array, received: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
    const unframe = (bytes: Uint8Array) => this.#chunked?.push(bytes) ?? bytes;
    const first = unframe(rest);
    if (first.length > 0) yield first;
    while (this.#chunked?.hasEnded !== true) {
      if (this.#chunked?.isBroken === true) throw new BodyError("sent a chunk without its size");
      const { done, value } = await received.next();
      if (done) return;
      const bytes = unframe(value);
      if (bytes.length > 0) yield bytes;
    }
  }
}

/** As curl reads it. */
function lengthOf(value = ""): number | undefined {
  const [digits] = /^\d+/.exec(value) ?? [];
  const length = Number(digits);
  return Number.isSafeInteger(length) ? length : undefined;
}
