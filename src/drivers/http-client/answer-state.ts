import { toJpeg } from "../../jpeg/convert/convert.ts";
import { imageFormatOf, isJpeg, isWholeImage, MAGIC_BYTES } from "../../jpeg/convert/image-format.ts";
import { JpegSplitter, MAX_FRAME_BYTES } from "../../jpeg/split.ts";
import { ByteCollector, TooManyBytes } from "../../util/byte-collector.ts";
import { printableCameraText } from "./camera-text.ts";
import type { Answer } from "./http-client.ts";
import { Refusal } from "./refusal.ts";

/** `page`: other text. `unknown` may be a multipart body without its first delimiter. */
type Kind = "jpeg" | "image" | "multipart" | "page" | "unknown";

const FORMATS_WITH_END = new Set(["png", "webp", "bmp"]);

export class AnswerState {
  readonly #answer: Answer;
  readonly #splitter: JpegSplitter;
  /** Until they tell what it is. */
  #start = new ByteCollector(Number.POSITIVE_INFINITY);
  /** What may be one image. */
  #image: ByteCollector | undefined;
  #kind: Kind | undefined;
  #received = 0;
  #count = 0;
  #tail = "";

  constructor(answer: Answer, onSkip: (reason: string) => void) {
    this.#answer = answer;
    this.#splitter = new JpegSplitter({ onSkip });
  }

  get count(): number {
    return this.#count;
  }

  get hasLength(): boolean {
    return this.#received >= this.#length;
  }

  get #length(): number {
    const length = this.#answer.length() ?? Number.POSITIVE_INFINITY;
    return length > MAX_FRAME_BYTES ? Number.POSITIVE_INFINITY : length;
  }

  /** The connection may stay open. */
  get looksComplete(): boolean {
    // More bytes than announced: the length was wrong, a stream goes on.
    if (!this.#isOne && this.#count > 0 && this.#received === this.#length) return true;
    if (this.#kind === "multipart") return this.#count === 1 && /--\s*$/.test(this.#tail);
    return this.#count === 1 && (this.#kind === "jpeg" || !this.#answer.type.startsWith("multipart/"));
  }

  get isComplete(): boolean {
    if (this.#kind === "image") return this.hasLength || this.#isWholeImage();
    return this.#isOne && this.#count > 0 && this.hasLength;
  }

  get #isOne(): boolean {
    return this.#kind === "jpeg" && this.#length < Number.POSITIVE_INFINITY && !this.#isStream;
  }

  get #isStream(): boolean {
    return this.#kind === "multipart" || this.#answer.type.startsWith("multipart/");
  }

  get isText(): boolean {
    return this.#kind === "unknown" && this.#count === 0 && TEXT_TYPE.test(this.#answer.type);
  }

  /**
   * Returns the JPEGs that `chunk` completes. @throws Refusal for a page, or an image over the
   * limit.
   */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    this.#received += chunk.length;
    let bytes = chunk;
    if (this.#kind === undefined) {
      this.#start.add(this.#start.length === 0 ? withoutBlank(chunk) : chunk);
      const start = this.#start.bytes();
      this.#decide(start, false);
      if (this.#kind === undefined) return [];
      bytes = start;
    }
    if (this.#count < 2) this.#tail = (this.#tail + textOf(bytes.subarray(-TAIL_BYTES))).slice(-TAIL_BYTES);
    this.#collect(
      this.#kind === "image" ? bytes.subarray(0, Math.max(0, this.#length - this.#received + bytes.length)) : bytes,
    );
    if (this.#kind === "image") return [];
    const jpegs = this.#splitter.push(bytes);
    // What follows the first JPEG belongs to it, such as a preview.
    const taken = this.#isOne ? jpegs.slice(0, 1 - this.#count) : jpegs;
    this.#count += taken.length;
    if (this.#count > 0) this.#image = undefined;
    return taken;
  }

  /** Returns the one image left at the end. @throws Refusal if there is none. */
  async finish(signal: AbortSignal): Promise<Uint8Array> {
    const { name } = this.#answer;
    if (this.#kind === undefined) {
      this.#decide(this.#start.bytes(), true);
      this.#collect(this.#start.bytes());
    }
    if (this.#received === 0) throw new Refusal(`${name} sent an empty answer`);
    if (this.#image === undefined) {
      if (this.#isStream) throw new Refusal(`${name} ended the stream`);
      throw this.#refusal();
    }
    try {
      return await toJpeg(this.#image.bytes(), { mayBreakOff: !this.hasLength, signal });
    } catch (error) {
      throw new Refusal(`${name} sent no image: ${error instanceof Error ? error.message : error}`);
    }
  }

  #decide(start: Buffer, isEnd: boolean): void {
    const { type } = this.#answer;
    if (isJpeg(start)) this.#kind = "jpeg";
    else if (textOf(start.subarray(0, 2)) === "--") this.#kind = "multipart";
    else if (start[0] === LESS_THAN || (start[0] === BRACE && TEXT_TYPE.test(type))) this.#kind = "page";
    else if (start.length >= MAGIC_BYTES || isEnd)
      this.#kind = imageFormatOf(start) === undefined ? "unknown" : "image";
    if (this.#kind === "page") throw this.#refusal();
    const isImage = this.#kind === "jpeg" || this.#kind === "image" || type.startsWith("image/");
    if (this.#kind !== undefined && this.#kind !== "multipart" && isImage) {
      this.#image = new ByteCollector(MAX_FRAME_BYTES);
    }
  }

  #collect(bytes: Uint8Array): void {
    try {
      this.#image?.add(bytes);
    } catch (error) {
      if (!(error instanceof TooManyBytes)) throw error;
      throw new Refusal(`${this.#answer.name} sent an image over ${MAX_FRAME_BYTES} bytes`);
    }
  }

  #isWholeImage(): boolean {
    const bytes = this.#image?.bytes();
    return bytes !== undefined && FORMATS_WITH_END.has(imageFormatOf(bytes) ?? "") && isWholeImage(bytes);
  }

  #refusal(): Refusal {
    const { name, type } = this.#answer;
    const what = type === "" ? "no image and no type" : `${printableCameraText(type)}, not an image`;
    return new Refusal(`${name} answered with ${what}`, { mayWantPassword: true });
  }
}

const [LESS_THAN, BRACE] = [0x3c, 0x7b];

/** Two dashes, and a line end or two. */
const TAIL_BYTES = 6;

const TEXT_TYPE = /^(text|application\/(json|xml|xhtml))/;

function withoutBlank(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(bytes.findIndex((byte) => !BLANK.has(byte)) >>> 0);
}

const BLANK = new Set(Buffer.from(" \t\r\n"));

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
