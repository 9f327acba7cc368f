import { StringDecoder } from "node:string_decoder";

/**
 * Bytes that follow within this time belong to the same text, in milliseconds. Peers write a text at once, so its packets
 * come together; who types, or presses a button, is slower.
 */
const QUIET_MS = 20;

/** Longest text, in characters: as much as may be posted to a camera. What is longer is given in parts. */
const MAX_LENGTH = 8192;

export interface TextReaderOptions {
  readonly onText: (text: string) => void;
  /** @default 20 */
  readonly quietMs?: number;
  /** @default 8192 */
  readonly maxLength?: number;
}

/**
 * Takes the texts out of a byte stream that has no terminator for them: one ends at a line break, or where nothing
 * follows for a moment. It is UTF-8, whole also where the stream is cut inside a character; what is not UTF-8 shows as
 * U+FFFD.
 */
export class TextReader {
  readonly #onText: (text: string) => void;
  readonly #quietMs: number;
  readonly #maxLength: number;
  readonly #decoder = new StringDecoder("utf8");
  #text = "";
  #timer: NodeJS.Timeout | undefined;

  constructor({ onText, quietMs = QUIET_MS, maxLength = MAX_LENGTH }: TextReaderOptions) {
    this.#onText = onText;
    this.#quietMs = quietMs;
    this.#maxLength = maxLength;
  }

  push(chunk: Buffer): void {
    const lines = (this.#text + this.#decoder.write(chunk)).split(/[\r\n]+/);
    this.#text = lines.pop() ?? "";
    for (const line of lines) this.#give(line);
    while (this.#text.length >= this.#maxLength) this.#text = this.#giveStart(this.#text);
    clearTimeout(this.#timer);
    this.#timer = this.#text === "" ? undefined : setTimeout(() => this.#flush(), this.#quietMs);
  }

  /** The stream has ended: what is left is a text. */
  end(): void {
    clearTimeout(this.#timer);
    this.#text += this.#decoder.end();
    this.#flush();
  }

  #flush(): void {
    const text = this.#text;
    this.#text = "";
    this.#give(text);
  }

  #give(line: string): void {
    let rest = line;
    while (rest.length > this.#maxLength) rest = this.#giveStart(rest);
    if (rest !== "") this.#onText(rest);
  }

  /** Gives as much of a text as one may have, whole characters; returns the rest. */
  #giveStart(text: string): string {
    const end = isHighSurrogate(text.charCodeAt(this.#maxLength - 1)) ? this.#maxLength - 1 : this.#maxLength;
    this.#onText(text.slice(0, end));
    return text.slice(end);
  }
}

/** The first half of a character that takes two units of UTF-16 (Unicode 3.8, D71). */
function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
