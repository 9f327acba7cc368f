import { unknownSchemes } from "./authorization.ts";
import { printableCameraText } from "./camera-text.ts";
import type { ResponseHead } from "./response-head.ts";

/** The camera answered, and its answer has no frames. The message is a sentence that begins with its host. */
export class Refusal extends Error {
  /** How long the camera asks to be left alone (`Retry-After`); undefined where it does not. */
  readonly retryAfterMs: number | undefined;
  /** True when the camera may want a user and password, and did not say so by a challenge. */
  readonly mayWantPassword: boolean;
  /** True when it says itself that its camera is offline: to ask it again soon is no use. */
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

/** Whether the user and password of the camera's URL went with a request. */
export type Given = "none" | "sent" | "kept back";

/**
 * Returns why a response cannot be watched, by its status; undefined if its body should be looked at. It goes on where the
 * host's name ends.
 */
export function refusalByStatus(head: ResponseHead, given: Given): string | undefined {
  const { status, reason, fields } = head;
  if (status === 401) return refusalByPassword(head, given);
  // RFC 9110, 15.3.5 and 15.3.6: no content follows, though the connection may stay open.
  const hasContent = status >= 200 && status <= 299 && status !== 204 && status !== 205;
  if (!hasContent) return `answered ${status} ${printableCameraText(reason)}`.trim();
  // Another stillstream, whose snapshot is a placeholder.
  return fields.get("x-stillstream-online") === "0" ? "has no picture of its camera now" : undefined;
}

function refusalByPassword(head: ResponseHead, given: Given): string {
  const unknown = unknownSchemes(head).map(printableCameraText);
  if (given === "kept back") {
    return "asks for a user and password, which the redirect to it does not take along: put its own URL in place of the first";
  }
  if (unknown.length > 0)
    return `asks for authentication by ${unknown.join(", ")}, and Basic and Digest (MD5 or SHA-256, qop=auth) are what there is`;
  return given === "sent"
    ? "refuses the user and password in the URL"
    : "asks for a user and password: put them in the URL, as user:password@";
}

/** How long a response asks to wait (RFC 9110, 10.2.3), in milliseconds; undefined if it does not. */
export function retryAfterMs({ fields }: ResponseHead): number | undefined {
  const value = fields.get("retry-after") ?? "";
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const until = Date.parse(value) - Date.parse(fields.get("date") ?? "");
  return until > 0 ? until : undefined;
}
