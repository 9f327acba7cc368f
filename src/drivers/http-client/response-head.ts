import { ByteCollector } from "../../util/byte-collector.ts";
import { HeaderFields } from "./header-fields.ts";

/** What a response says of itself before its body. */
export interface ResponseHead {
  readonly status: number;
  /** The words behind the status, as the server wrote them. */
  readonly reason: string;
  readonly fields: HeaderFields;
}

/** The response is not HTTP, or its head is over a limit. The message goes on where the host's name ends. */
export class HeadError extends Error {
  override readonly name = "HeadError";
}

/** Bytes of a head, interim responses included: curl's `MAX_HTTP_RESP_HEADER_SIZE`. */
const MAX_HEAD_BYTES = 300 * 1024;

/** Bytes of a line of a head: curl's `CURL_MAX_HTTP_HEADER`. */
const MAX_LINE_BYTES = 100 * 1024;

const LF = 0x0a;

/**
 * Reads the head of a response as cameras send it, in any pieces, and skips interim responses (1xx).
 *
 * It takes what curl and browsers take, and more: lines that end in LF alone, lines without a name, folded lines, spaces
 * around names, no reason, `ICY`, blank lines before it and none behind it. A body without a head is taken if it begins as
 * a JPEG, as a multipart body or as the headers of a part.
 */
export class HeadReader {
  readonly #collected = new ByteCollector(Number.POSITIVE_INFINITY);
  /** Where the next line starts, and from where on its end is searched for. */
  #start = 0;
  #searchFrom = 0;
  #status: { readonly status: number; readonly reason: string } | undefined;
  #fields = new HeaderFields();

  /** Takes the next bytes. Returns the head and the first bytes of the body once the head is complete. @throws HeadError */
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
    if (status === undefined) throw new HeadError("answered with something that is not HTTP");
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
    // RFC 9110, 15.2: any number of interim responses come first. 101 is the last of its kind.
    if (status >= 200 || status === 101) return "end";
    this.#status = undefined;
    this.#fields = new HeaderFields();
    return "on";
  }

  /** The next line without its end; undefined while it is not all there. */
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

  /** Throws when a head that is known up to `end` is too long. */
  #checkLimits(end: number): void {
    if (end - this.#start > MAX_LINE_BYTES) {
      throw new HeadError(`sent a header line over ${MAX_LINE_BYTES / 1024} KB`);
    }
    if (end > MAX_HEAD_BYTES) throw new HeadError(`sent headers over ${MAX_HEAD_BYTES / 1024} KB`);
  }
}

/** `on`: a line was read. `more`: the next is not all there. `end`: the body starts. */
type Step = "on" | "more" | "end";

/** RFC 9112, 4; without a version, a minor version, a space or a reason; and SHOUTcast's `ICY 200 OK`. */
const STATUS_LINE = /^(?:HTTP(?:\/\d+(?:\.\d+)?)?|ICY)[ \t]+(\d{3})(?!\d)[ \t]*(.*)$/i;

/** How a response without a head begins that is taken all the same: a JPEG, a delimiter, the headers of a part. */
const BODY_STARTS = ["\xff\xd8", "--", "content-type:", "content-length:"];
const STATUS_STARTS = ["http", "icy"];
/** A TLS alert (RFC 8446, 5.1 and 6): its content type and major version. */
const ALERT_START = "\x15\x03";
const ALL_STARTS = [...BODY_STARTS, ...STATUS_STARTS, ALERT_START];
const LONGEST_START = Math.max(...ALL_STARTS.map(({ length }) => length));

/** What the first bytes of a response begin. @throws HeadError */
function kindOf(bytes: Buffer): "status" | "body" | "more" {
  const start = bytes.toString("latin1").replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  if (STATUS_STARTS.some((text) => start.startsWith(text))) return "status";
  if (BODY_STARTS.some((text) => start.startsWith(text))) return "body";
  if (start.startsWith(ALERT_START)) throw new HeadError("speaks TLS there: put https: in place of http:");
  if (ALL_STARTS.some((text) => text.startsWith(start))) return "more";
  throw new HeadError("answered with something that is not HTTP");
}

/** Whether the body starts at a line that should be a header field: no field begins as a JPEG or a delimiter does. */
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
