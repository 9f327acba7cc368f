import { get as getHttp, type IncomingMessage } from "node:http";
import { get as getHttps } from "node:https";
import { linkedController } from "../core/abort.ts";
import { codeOf, reasonOf } from "../net/reason.ts";
import { lookup } from "../net/resolve-host.ts";

/** How long the upstream may take to answer, and a whole answer of known length to arrive, in milliseconds. */
const ANSWER_TIMEOUT_MS = 10_000;

/** As many as browsers and curl's `--location` are content with, and more than any camera needs. */
const MAX_REDIRECTS = 20;

export interface AskOptions {
  /** Accepts any certificate. */
  readonly insecure: boolean;
  readonly signal: AbortSignal;
  /** Told of each address that it is redirected to, which may hold a password or a token. */
  readonly onRedirect?: (address: string) => void;
}

/** An upstream's answer that may hold pictures. */
export interface Answer {
  /** True when it is one thing with an end: a picture, whatever its type; false for a stream. */
  readonly isWhole: boolean;
  /** What comes, in pieces. Read it, or close it; to close it hangs up. */
  readonly body: AsyncGenerator<Uint8Array, void>;
}

/**
 * Asks for a URL, with its user and password as basic authentication (RFC 7617), and follows redirects: to another
 * origin without the password. Throws with the URL's host and what went wrong, in plain words.
 *
 * Over `node:http`, and not `fetch`: that refuses ports such as 10080, cannot be told to accept a camera's own
 * certificate, and its streams cost a server of 200 viewers a tenth of all its CPU (measured 2026-11-20).
 */
export async function ask(url: URL, { insecure, signal, onRedirect }: AskOptions): Promise<Answer> {
  const request = linkedController(signal);
  const timer = setTimeout(() => {
    request.abort(new Error(`${url.host} did not answer in ${ANSWER_TIMEOUT_MS / 1000} s`));
  }, ANSWER_TIMEOUT_MS);
  const release = () => {
    clearTimeout(timer);
    request.release();
  };
  const explain = (error: unknown): Error => {
    if (request.signal.aborted) return request.signal.reason;
    return error instanceof Refusal ? error : new Error(`${url.host}: ${explained(error)}`, { cause: error });
  };
  try {
    const response = await follow(url, { insecure, signal: request.signal, ...(onRedirect && { onRedirect }) });
    const type = response.headers["content-type"]?.toLowerCase() ?? "";
    const refusal = refusalOf(response, type, url.username !== "" || url.password !== "");
    if (refusal !== undefined) {
      response.destroy();
      throw new Refusal(`${url.host} ${refusal}`);
    }
    // Whatever a snapshot is called, its length is known; a stream's never is.
    const isWhole =
      type.startsWith("image/") || ("content-length" in response.headers && !type.startsWith("multipart/"));
    if (!isWhole) clearTimeout(timer);
    const failureOf = (error: unknown): Error | undefined => {
      // An aborted answer fails, even to be closed; and a connection that is cut is an end like any other.
      if (signal.aborted || (codeOf(error) === "ECONNRESET" && !request.signal.aborted)) return undefined;
      return explain(error);
    };
    return { isWhole, body: read(response, failureOf, release) };
  } catch (error) {
    release();
    throw explain(error);
  }
}

/** The upstream answered, and its answer cannot be watched. */
class Refusal extends Error {}

async function follow(start: URL, options: AskOptions): Promise<IncomingMessage> {
  let url = start;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await send(url, url.origin === start.origin ? start : undefined, options);
    const { statusCode = 0, headers } = response;
    if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) return response;
    response.destroy();
    if (!URL.canParse(headers.location, url.href)) throw new Error("redirected to what is no URL");
    url = new URL(headers.location, url);
    options.onRedirect?.(url.href);
    if (!/^https?:$/.test(url.protocol)) throw new Error(`redirected to ${url.protocol}, which is not HTTP`);
  }
  throw new Error(`redirected more than ${MAX_REDIRECTS} times`);
}

function send(url: URL, credentials: URL | undefined, { insecure, signal }: AskOptions): Promise<IncomingMessage> {
  const headers: Record<string, string> = { Accept: "*/*", "User-Agent": "stillstream" };
  if (credentials !== undefined && (credentials.username !== "" || credentials.password !== "")) {
    const text = `${percentDecoded(credentials.username)}:${percentDecoded(credentials.password)}`;
    headers["Authorization"] = `Basic ${Buffer.from(text).toString("base64")}`;
  }
  const target = new URL(url);
  target.username = "";
  target.password = "";
  // A connection of its own, which ends with the answer: cameras have few, and one that was kept may be dead.
  const options = { headers, signal, agent: false, rejectUnauthorized: !insecure, lookup };
  return new Promise((resolve, reject) => {
    const request = url.protocol === "https:" ? getHttps(target, options, resolve) : getHttp(target, options, resolve);
    request.on("error", reject);
  });
}

/** A URL may hold a bare % (https://url.spec.whatwg.org/#percent-decode): that text is taken as it is. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Why an answer cannot be watched, or undefined. Types that are wrong or missing are common, and are given a try. */
function refusalOf(
  { statusCode = 0, statusMessage = "", headers }: IncomingMessage,
  type: string,
  gavePassword: boolean,
) {
  if (statusCode === 401) {
    if (/^digest/i.test(headers["www-authenticate"] ?? "")) {
      return "asks for digest authentication, which ffmpeg can: put ffmpeg: before the URL";
    }
    return gavePassword
      ? "refuses the user and password in the URL, as basic authentication"
      : "asks for a user and password: put them in the URL, as user:password@";
  }
  if (statusCode < 200 || statusCode > 299) return `answered ${statusCode} ${statusMessage}`.trim();
  // Another stillstream, whose snapshot is a card.
  if (headers["x-stillstream-online"] === "0") return "has no picture of its camera now";
  if (/^(text|application\/(json|xml|xhtml))/.test(type)) return `answered with ${type}, and no pictures`;
  return undefined;
}

async function* read(
  response: IncomingMessage,
  failureOf: (error: unknown) => Error | undefined,
  release: () => void,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* response as AsyncIterable<Buffer>;
  } catch (error) {
    const failure = failureOf(error);
    if (failure !== undefined) throw failure;
  } finally {
    release();
    response.destroy();
  }
}

/** What failed, with what helps against a certificate that nobody vouches for. */
function explained(error: unknown): string {
  const reason = reasonOf(error);
  return CERTIFICATE_ERROR.test(codeOf(error)) ? `${reason}; if it is the camera's own, add #insecure=true` : reason;
}

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE_ERROR = /CERT|UNABLE_TO_/;
