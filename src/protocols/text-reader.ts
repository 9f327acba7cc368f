import { StringDecoder } from "node:string_decoder";

/** Peers write a text at once. */
const QUIET_MS = 20;

/** As for posted messages. */
const MAX_LENGTH = 8192;

export interface TextReaderOptions {
  readonly onText: (text: string) => void;
  /** @default 20 */
  readonly quietMs?: number;
  /** @default 8192 */
  readonly maxLength?: number;
}

/** Reads texts that end at a line break, or after a silence. Invalid UTF-8 becomes U+FFFD. */
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

  #giveStart(text: string): string {
    const end = isHighSurrogate(text.charCodeAt(this.#maxLength - 1)) ? this.#maxLength - 1 : this.#maxLength;
    this.#onText(text.slice(0, end));
    return text.slice(end);
  }
}

/** Unicode 3.8, D71. */
function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
