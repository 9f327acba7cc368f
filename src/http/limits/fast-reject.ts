import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { TokenBuckets } from "../../util/token-buckets.ts";
import { type CorsOptions, corsHeaders } from "../access/cors-headers.ts";
import { endEarly, isBodyPending } from "../shared/early-response.ts";
import { NON_DOCUMENT } from "../shared/headers.ts";

/**
 * Spends 2 of each 10 ms on rejections, so floods take a fifth of the process, plus reading them:
 * here 10,000 per second. Measured 2026-11-28: 0.02 ms each, and 0.01 ms to read.
 */
const WINDOW_MS = 10;
const BUDGET_MS = 2;

/** Per IP address. Later ones are held: loops and load tools wait for them. */
const PROMPT = { perSecond: 100, burst: 100 };
const HOLD_MS = 500;

/** Is built once and sent often. */
export class PreparedResponse {
  readonly status: number;
  /** For connections that close behind it. */
  readonly bytes: string;
  readonly #json: Form;
  readonly #text: Form;

  /** @param retryAfterS By default there is no `Retry-After`. */
  constructor(status: number, message: string, retryAfterS?: number) {
    this.status = status;
    this.#json = formOf("application/json", JSON.stringify({ error: message }), retryAfterS);
    this.#text = formOf("text/plain", `${message}\n`, retryAfterS);
    const { headers, body } = this.#json;
    const lines = Object.entries({ ...headers, Connection: "close" }).map(([name, value]) => `${name}: ${value}`);
    this.bytes = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
  }

  /** Sends text to a browser that navigates, JSON to others. */
  send(request: IncomingMessage, response: ServerResponse, cors: CorsOptions): void {
    const { headers: own, body } = request.headers.accept?.includes("text/html") ? this.#text : this.#json;
    const headers = { ...own, ...corsHeaders(request, cors) };
    if (isBodyPending(request)) {
      response.statusCode = this.status;
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      void endEarly(request, response, body);
    } else {
      response.writeHead(this.status, headers);
      response.end(body);
    }
  }
}

interface Form {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function formOf(type: string, body: string, retryAfterS: number | undefined): Form {
  const headers = {
    "Content-Type": `${type}; charset=utf-8`,
    "Content-Length": String(Buffer.byteLength(body)),
    "Cache-Control": "no-store",
    ...NON_DOCUMENT,
    ...(retryAfterS !== undefined && { "Retry-After": String(retryAfterS) }),
  };
  return { headers, body };
}

interface PendingReject {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly answer: PreparedResponse;
}

/** Rejects requests at the least cost, for only part of the time. */
export class FastReject {
  readonly #prompt = new TokenBuckets(PROMPT);
  readonly #cors: CorsOptions;
  #waiting: PendingReject[] = [];
  #windowAt = Number.NEGATIVE_INFINITY;
  #spentMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(cors: CorsOptions) {
    this.#cors = cors;
  }

  /** Holds the rejection if `flooder` names a client that floods. */
  reject(refusal: PendingReject, flooder?: string): void {
    if (flooder !== undefined && !this.#prompt.take(flooder, performance.now())) {
      setTimeout(() => this.#queue(refusal), HOLD_MS);
    } else if (this.#waiting.length > 0 || !this.#hasTime()) {
      this.#queue(refusal);
    } else {
      this.#send(refusal);
    }
  }

  #queue(refusal: PendingReject): void {
    this.#waiting.push(refusal);
    this.#timer ??= setTimeout(() => this.#catchUp(), 0);
  }

  #catchUp(): void {
    let done = 0;
    while (done < this.#waiting.length && this.#hasTime()) this.#send(this.#waiting[done++] as PendingReject);
    this.#waiting = this.#waiting.slice(done);
    this.#timer = this.#waiting.length > 0 ? setTimeout(() => this.#catchUp(), WINDOW_MS) : undefined;
  }

  #hasTime(): boolean {
    const now = performance.now();
    if (now - this.#windowAt >= WINDOW_MS) {
      this.#windowAt = now;
      this.#spentMs = 0;
    }
    return this.#spentMs < BUDGET_MS;
  }

  #send({ request, response, answer }: PendingReject): void {
    if (response.destroyed) return;
    const since = performance.now();
    answer.send(request, response, this.#cors);
    this.#spentMs += performance.now() - since;
  }
}
