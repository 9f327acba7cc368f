import { ByteCollector } from "../../util/byte-collector.ts";

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly fields: HeaderFields;
}

/** The response is not HTTP, or its head is over a limit. */
export class HeadError extends Error {
  override readonly name = "HeadError";
}

/** curl's `MAX_HTTP_RESP_HEADER_SIZE`, interim responses included. */
const MAX_HEAD_BYTES = 300 * 1024;

/** curl's `CURL_MAX_HTTP_HEADER`. */
const MAX_LINE_BYTES = 100 * 1024;

const LF = 0x0a;

/**
 * Reads a head as cameras send it: LF alone, lines folded or without a name, no reason, `ICY`,
 * blank lines before it and none behind. A body without a head must begin as a JPEG, a multipart
 * body or headers of a part.
 */
export class HeadReader {
  readonly #collected = new ByteCollector(Number.POSITIVE_INFINITY);
  #start = 0;
  #searchFrom = 0;
  #status: { readonly status: number; readonly reason: string } | undefined;
  #fields = new HeaderFields();

  /** Returns the complete head and the body's first bytes. @throws HeadError */
  push(chunk: Uint8Array): { readonly head: ResponseHead; readonly rest: Buffer } | undefined {
    this.#collected.add(chunk);
    const bytes = this.#collected.bytes();
    let step: Step;
    do {
      step = this.#status === undefined ? this.#readStatus(bytes) : this.#readField(bytes, this.#status.status);
    } while (step === "on");
    if (step === "more") {
      this.#checkLimits(bytes.length);
      return undefined;
    }
    const head = { ...(this.#status ?? { status: 200, reason: "" }), fields: this.#fields };
    return { head, rest: bytes.subarray(this.#start) };
  }

  #readStatus(bytes: Buffer): Step {
    while (isBlank(bytes[this.#start])) this.#start++;
    this.#searchFrom = Math.max(this.#searchFrom, this.#start);
    this.#checkLimits(this.#start);
    const kind = kindOf(bytes.subarray(this.#start, this.#start + LONGEST_START));
    if (kind === "more" || kind === "body") return kind === "more" ? "more" : "end";
    const line = this.#line(bytes);
    if (line === undefined) return "more";
    const [, status, reason = ""] = STATUS_LINE.exec(line) ?? [];
    if (status === undefined) throw new HeadError("sent an answer that is not HTTP");
    this.#status = { status: Number(status), reason };
    return "on";
  }

  #readField(bytes: Buffer, status: number): Step {
    const body = startsBody(bytes, this.#start);
    if (body !== "no") return body === "more" ? "more" : "end";
    const line = this.#line(bytes);
    if (line === undefined) return "more";
    if (line !== "") {
      this.#fields.addLine(line);
      return "on";
    }
    // RFC 9110, 15.2: any number of interim responses; 101 is the last.
    if (status >= 200 || status === 101) return "end";
    this.#status = undefined;
    this.#fields = new HeaderFields();
    return "on";
  }

  #line(bytes: Buffer): string | undefined {
    const end = bytes.indexOf(LF, this.#searchFrom);
    if (end < 0) {
      this.#searchFrom = bytes.length;
      return undefined;
    }
    this.#checkLimits(end);
    const line = bytes.toString("latin1", this.#start, end).replace(/\r+$/, "");
    this.#start = end + 1;
    this.#searchFrom = this.#start;
    return line;
  }

  #checkLimits(end: number): void {
    if (end - this.#start > MAX_LINE_BYTES) {
      throw new HeadError(`sent a header line over ${MAX_LINE_BYTES / 1024} KB`);
    }
    if (end > MAX_HEAD_BYTES) throw new HeadError(`sent headers over ${MAX_HEAD_BYTES / 1024} KB`);
  }
}

type Step = "on" | "more" | "end";

/** RFC 9112, 4; also without version, space or reason; and SHOUTcast's `ICY 200 OK`. */
const STATUS_LINE = /^(?:HTTP(?:\/\d+(?:\.\d+)?)?|ICY)[ \t]+(\d{3})(?!\d)[ \t]*(.*)$/i;

/** Of a response without a head. */
const BODY_STARTS = ["\xff\xd8", "--", "content-type:", "content-length:"];
const STATUS_STARTS = ["http", "icy"];
/** RFC 8446, 5.1 and 6: content type and major version of an alert. */
const ALERT_START = "\x15\x03";
const ALL_STARTS = [...BODY_STARTS, ...STATUS_STARTS, ALERT_START];
const LONGEST_START = Math.max(...ALL_STARTS.map(({ length }) => length));

function kindOf(bytes: Buffer): "status" | "body" | "more" {
  const start = bytes.toString("latin1").replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  if (STATUS_STARTS.some((text) => start.startsWith(text))) return "status";
  if (BODY_STARTS.some((text) => start.startsWith(text))) return "body";
  if (start.startsWith(ALERT_START)) throw new HeadError("speaks TLS there. Write https: instead of http:.");
  if (ALL_STARTS.some((text) => text.startsWith(start))) return "more";
  throw new HeadError("sent an answer that is not HTTP");
}

/** No field begins like a JPEG or a delimiter. */
function startsBody(bytes: Buffer, at: number): "yes" | "no" | "more" {
  const first = bytes[at];
  if (first !== 0xff && first !== 0x2d) return "no";
  const second = bytes[at + 1];
  if (second === undefined) return "more";
  return second === (first === 0xff ? 0xd8 : first) ? "yes" : "no";
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x0d || byte === LF || byte === 0x20 || byte === 0x09;
}

/** Beyond ASCII in Latin-1 (RFC 9110, 5.5). */
class HeaderFields {
  readonly #values = new Map<string, string[]>();
  #newest: string[] | undefined;

  addLine(line: string): void {
    if (/^[ \t]/.test(line) && this.#newest !== undefined) {
      // RFC 9112, 5.2.
      const value = this.#newest.pop() ?? "";
      this.#newest.push(value === "" ? line.trim() : `${value} ${line.trim()}`);
      return;
    }
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    this.#newest = undefined;
    if (name === "") return;
    const values = this.#values.get(name) ?? [];
    values.push(line.slice(colon + 1).trim());
    this.#values.set(name, values);
    this.#newest = values;
  }

  /** Returns the last value, as curl does. */
  get(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}
