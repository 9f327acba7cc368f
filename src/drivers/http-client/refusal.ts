import { unknownSchemes } from "./authorization.ts";
import { printableCameraText } from "./camera-text.ts";
import type { ResponseHead } from "./response-head.ts";

/** The answer has no frames. The message begins with its host. */
export class Refusal extends Error {
  readonly retryAfterMs: number | undefined;
  /** Some cameras want a password without a challenge. */
  readonly mayWantPassword: boolean;
  /** Polling soon is useless then. */
  readonly isOffline: boolean;

  constructor(message: string, { retryAfterMs, mayWantPassword = false, isOffline = false }: RefusalOptions = {}) {
    super(message);
    this.isOffline = isOffline;
    this.retryAfterMs = retryAfterMs;
    this.mayWantPassword = mayWantPassword;
  }
}

interface RefusalOptions {
  readonly retryAfterMs?: number | undefined;
  readonly mayWantPassword?: boolean;
  readonly isOffline?: boolean;
}

export type Given = "none" | "sent" | "kept back";

/** Returns undefined if the body decides. */
export function refusalByStatus(head: ResponseHead, given: Given): string | undefined {
  const { status, reason, fields } = head;
  if (status === 401) return refusalByPassword(head, given);
  // RFC 9110, 15.3.5 and 15.3.6: no content follows.
  const hasContent = status >= 200 && status <= 299 && status !== 204 && status !== 205;
  if (!hasContent) return `answered ${status} ${printableCameraText(reason)}`.trim();
  // Another stillstream's placeholder.
  return fields.get("x-stillstream-online") === "0" ? "has no frame of its camera now" : undefined;
}

function refusalByPassword(head: ResponseHead, given: Given): string {
  const unknown = unknownSchemes(head).map(printableCameraText);
  if (given === "kept back") {
    return "asks for a user and password, which redirects do not carry along. Use its URL instead of the first one.";
  }
  if (unknown.length > 0)
    return `asks for authentication by ${unknown.join(", ")}; only Basic and Digest (MD5 or SHA-256, qop=auth) are supported`;
  return given === "sent"
    ? "refuses the user and password in the URL"
    : "asks for a user and password. Add them to the URL as user:password@.";
}

/** RFC 9110, 10.2.3. */
export function retryAfterMs({ fields }: ResponseHead): number | undefined {
  const value = fields.get("retry-after") ?? "";
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const until = Date.parse(value) - Date.parse(fields.get("date") ?? "");
  return until > 0 ? until : undefined;
}
