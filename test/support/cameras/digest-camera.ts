import { createHash } from "node:crypto";
import { fieldOf, type RawAnswer } from "./raw-camera.ts";

export interface DigestCameraOptions {
  /** Returns the challenges of a 401 for a nonce. */
  readonly challenge: (nonce: string) => string[];
  /**
   * The hash that it expects, by Node's name, and whether the digest is for a session. @default md5
   */
  readonly hash?: string;
  readonly isSession?: boolean;
  /** For how many requests a nonce is valid. @default any number */
  readonly uses?: number;
  readonly user?: string;
  readonly password?: string;
  /** Answers request number `number` of the authenticated ones. */
  readonly answer: RawAnswer;
}

/** Answers as a camera with Digest authentication, and checks every digest strictly by RFC 7616. */
export function digestCamera(options: DigestCameraOptions): RawAnswer {
  const { challenge, hash = "md5", isSession = false, uses = Number.POSITIVE_INFINITY, answer } = options;
  const [user, password] = [options.user ?? "admin", options.password ?? "s3cret"].map((text) =>
    Buffer.from(text).toString("latin1"),
  ) as [string, string];
  const digest = (...parts: string[]) => createHash(hash).update(parts.join(":"), "latin1").digest("hex");
  let [nonces, right] = [0, 0];
  let nonce = "";
  let counted = 0;
  return (socket, request) => {
    const given = new Map(
      [...(fieldOf(request, "authorization") ?? "").matchAll(/([\w*]+)=(?:"((?:[^"\\]|\\.)*)"|([^,\s]*))/g)].map(
        ([, name = "", quoted, bare]) => [name, quoted?.replace(/\\(.)/g, "$1") ?? bare ?? ""],
      ),
    );
    const at = (name: string) => given.get(name) ?? "";
    const secret = digest(user, at("realm"), password);
    const first = isSession ? digest(secret, at("nonce"), at("cnonce")) : secret;
    const second = digest("GET", at("uri"));
    const expected = given.has("qop")
      ? digest(first, at("nonce"), at("nc"), at("cnonce"), at("qop"), second)
      : digest(first, at("nonce"), second);
    const isUri = request.startsWith(`GET ${at("uri")} HTTP/1.1\r\n`);
    const isCounted = !given.has("qop") || Number.parseInt(at("nc"), 16) === counted + 1;
    const isRight = at("response") === expected && isUri && isCounted && at("nonce") === nonce && counted < uses;
    if (isRight) {
      counted++;
      answer(socket, request, ++right);
      return;
    }
    nonce = `nonce-${++nonces}`;
    counted = 0;
    const lines = challenge(nonce).map((text) => `WWW-Authenticate: ${text}\r\n`);
    socket.end(`HTTP/1.1 401 Unauthorized\r\n${lines.join("")}Content-Length: 0\r\n\r\n`, "latin1");
  };
}
