import { linkedController } from "../../util/abort.ts";
import { Authorization, hasChallenge } from "./authorization.ts";
import { lowerAscii, printableCameraText } from "./camera-text.ts";
import { CookieJar } from "./cookie-jar.ts";
import { type Credentials, credentialsIn, mayTakeCredentials } from "./credentials.ts";
import { BodyError } from "./decoded-body.ts";
import { type Exchange, exchange } from "./exchange.ts";
import { Refusal, refusalByStatus, retryAfterMs } from "./refusal.ts";
import { HeadError } from "./response-head.ts";
import { explainConnection, type TransportOptions } from "./transport.ts";

/** As browsers and curl's `--location`. */
const MAX_REDIRECTS = 20;

/** Without authentication, with it, and with a new nonce. */
const MAX_TRIES = 3;

export interface HttpClientOptions extends TransportOptions {
  readonly onRedirect: (url: string) => void;
}

export interface GetOptions {
  readonly signal: AbortSignal;
  /** Ends with `Answer.lift`. */
  readonly timeoutMs: number;
}

export interface Answer {
  readonly name: string;
  readonly type: string;
  /** May be wrong. Known once some bytes have come. */
  readonly length: () => number | undefined;
  readonly chunks: AsyncGenerator<Uint8Array, void>;
  lift(): void;
  close(): void;
}

/**
 * Requests one camera's URL, with its password if asked (RFC 7616, 7617), its cookies, and along
 * redirects. Another origin gets neither.
 *
 * `node:http` and `fetch` refuse what many cameras send (docs/contribute/decisions/0024).
 */
export class HttpClient {
  readonly #start: URL;
  readonly #options: HttpClientOptions;
  readonly #authorization = new Authorization();
  readonly #jar = new CookieJar();
  #url: URL;
  #sendsUnasked = false;
  #hasNewCookie = false;
  #triedCookie = false;

  constructor(url: URL, options: HttpClientOptions) {
    this.#start = url;
    this.#url = url;
    this.#options = options;
  }

  /** @throws Refusal if the answer has no frames; Error if there is none. */
  async get({ signal, timeoutMs }: GetOptions): Promise<Answer> {
    const request = linkedController(signal);
    const timer = setTimeout(() => {
      request.abort(new Error(`${this.#start.host} did not answer in ${timeoutMs / 1000} s`));
    }, timeoutMs);
    const release = () => {
      clearTimeout(timer);
      request.release();
    };
    try {
      const { head, body, close } = await this.#follow(request.signal);
      const closeAll = () => {
        release();
        close();
      };
      return {
        name: this.name,
        type: lowerAscii(head.fields.get("content-type") ?? ""),
        length: () => body.length,
        chunks: this.#explained(body.chunks, request.signal, closeAll),
        lift: () => clearTimeout(timer),
        close: closeAll,
      };
    } catch (error) {
      release();
      throw this.#explain(error, request.signal);
    }
  }

  /** With the cookie of the refusal, and with the password, once each. */
  mayTryAgain(): boolean {
    if (!this.#hasNewCookie || this.#triedCookie) return this.#sendUnasked();
    this.#triedCookie = true;
    return true;
  }

  #sendUnasked(): boolean {
    if (this.#sendsUnasked || credentialsIn(this.#start) === undefined || this.#authorization.has(this.#start))
      return false;
    this.#sendsUnasked = true;
    this.#authorization.useBasic(this.#start);
    return true;
  }

  async #follow(signal: AbortSignal): Promise<Exchange> {
    this.#url = this.#start;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const credentials = this.#credentialsFor(this.#url);
      const response = await this.#authenticated(this.#url, credentials, signal);
      const { status, fields } = response.head;
      const location = fields.get("location");
      if (status < 300 || status >= 400 || location === undefined) {
        const isKeptBack = credentials === undefined && credentialsIn(this.#start) !== undefined;
        const given = isKeptBack ? "kept back" : credentials === undefined ? "none" : "sent";
        const refusal = refusalByStatus(response.head, given);
        if (refusal === undefined) return response;
        response.close();
        throw new Refusal(`${this.name} ${refusal}`, {
          retryAfterMs: retryAfterMs(response.head),
          isOffline: status === 200,
          mayWantPassword: status === 403 || (status === 401 && !hasChallenge(response.head)),
        });
      }
      response.close();
      this.#url = redirectTarget(location, this.#url);
      this.#options.onRedirect(this.#url.href);
    }
    throw new Error(`redirected more than ${MAX_REDIRECTS} times`);
  }

  async #authenticated(url: URL, credentials: Credentials | undefined, signal: AbortSignal): Promise<Exchange> {
    for (let tries = 1; ; tries++) {
      const fields = {
        Authorization: credentials && this.#authorization.header(url, credentials),
        Cookie: this.#jar.header(url),
      };
      const response = await exchange(url, fields, { ...this.#options, signal });
      const { head } = response;
      this.#jar.store(url, head.fields.all("set-cookie"), head.fields.get("date"));
      this.#hasNewCookie = this.#jar.header(url) !== fields.Cookie;
      if (head.status !== 401) this.#authorization.learn(url, head);
      if (head.status !== 401 || credentials === undefined) return response;
      if (!this.#authorization.answerChallenge(url, credentials, head) || tries === MAX_TRIES) return response;
      response.close();
    }
  }

  #credentialsFor(url: URL): Credentials | undefined {
    return credentialsIn(url) ?? (mayTakeCredentials(this.#start, url) ? credentialsIn(this.#start) : undefined);
  }

  async *#explained(chunks: AsyncGenerator<Uint8Array, void>, signal: AbortSignal, close: () => void) {
    try {
      yield* chunks;
    } catch (error) {
      throw this.#explain(error, signal);
    } finally {
      close();
    }
  }

  /** Paths and queries may hold secrets. */
  get name(): string {
    const { host, origin } = this.#start;
    return this.#url.origin === origin ? host : `${host} (redirected to ${this.#url.origin})`;
  }

  #explain(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    if (error instanceof Refusal) return error;
    if (error instanceof HeadError || error instanceof BodyError) {
      return new Error(`${this.name} ${error.message}`, { cause: error });
    }
    return new Error(`${this.name}: ${explainConnection(error, this.#url, this.#options)}`, { cause: error });
  }
}

/** UTF-8, as in browsers and curl. */
function redirectTarget(location: string, from: URL): URL {
  const text = Buffer.from(location, "latin1").toString();
  if (!URL.canParse(text, from.href)) throw new Error("redirected to an invalid URL");
  const target = new URL(text, from);
  if (!/^https?:$/.test(target.protocol))
    throw new Error(`redirected to ${printableCameraText(target.protocol)}, not HTTP`);
  return target;
}
