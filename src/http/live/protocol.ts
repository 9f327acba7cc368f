import { z } from "zod";
import { VariantLimitError } from "../../transform/encoders.ts";
import { HttpError } from "../shared/http-error.ts";
import type { Part } from "../streaming/multipart.ts";
import type { LiveClock } from "./server-clock.ts";

/** In the hello, and in the header of each frame. */
export const LIVE_VERSION = 1;

/** The longest control message that a client needs is a subscribe with a long query. */
export const MAX_CONTROL_BYTES = 16 * 1024;

const MAX_SHOWN = 80;

export const FRAME_HEADER_BYTES = 20;

const IS_PLACEHOLDER = 1;

const EXAMPLE = '{"type":"time","at":0}';

const id = wholeNumber(0xffff);
const side = optional(
  (value): value is number => isWithin(value, 0xffff),
  "a number of pixels above 0 and up to 65535",
);

/** Other fields are ignored. */
const messages = {
  subscribe: z.object({
    type: z.literal("subscribe"),
    id,
    camera: z.string("must be the name of a camera"),
    query: optional((value): value is string => typeof value === "string", "a text such as rotate=90&fps=15"),
    width: side,
    height: side,
  }),
  unsubscribe: z.object({ type: z.literal("unsubscribe"), id }),
  ack: z.object({ type: z.literal("ack"), id, number: wholeNumber(0xffff_ffff) }),
  time: z.object({ type: z.literal("time"), at: z.number("must be a number") }),
};

export type ClientMessage = z.output<(typeof messages)[keyof typeof messages]>;

export type Subscribe = Extract<ClientMessage, { type: "subscribe" }>;

/** The text is for the client. */
export class ControlMessageError extends Error {
  readonly id: number | undefined;

  constructor(message: string, id?: number) {
    super(message);
    this.name = "ControlMessageError";
    this.id = id;
  }
}

/** Undefined for unknown types. @throws ControlMessageError if the message is malformed. */
export function readControl(text: string): ClientMessage | undefined {
  const value = parse(text);
  const fields = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const type = fields["type"];
  if (typeof type !== "string") {
    throw new ControlMessageError(
      `Invalid control message: it is no object with a type, got ${cut(JSON.stringify(text))}. Send one such as ${EXAMPLE}.`,
    );
  }
  if (!Object.hasOwn(messages, type)) return undefined;
  const result = messages[type as keyof typeof messages].safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path: [name], message }) => {
    return `${String(name)} ${message}, got ${cut(JSON.stringify(fields[String(name)]) ?? "nothing")}`;
  });
  // Only a malformed subscribe ends its subscription.
  const about = type === "subscribe" ? id.safeParse(fields["id"]).data : undefined;
  throw new ControlMessageError(`Invalid ${type} message: ${problems.join("; ")}.`, about);
}

/** Undefined for errors that no client caused. */
export function explain(error: unknown): string | undefined {
  if (error instanceof HttpError || error instanceof ControlMessageError) return error.message;
  return error instanceof VariantLimitError ? `${error.message}.` : undefined;
}

/** Returns the header before a JPEG, big endian: docs/reference/live-protocol.md. */
export function frameHeader(
  id: number,
  number: number,
  { frame, placeholder }: Part,
  lastSeq: number,
  clock: Pick<LiveClock, "at">,
): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  header[0] = LIVE_VERSION;
  header[1] = placeholder === undefined ? 0 : IS_PLACEHOLDER;
  header.writeUInt16BE(id, 2);
  header.writeUInt32BE(number >>> 0, 4);
  header.writeDoubleBE(clock.at(frame?.at ?? placeholder?.drawnAt ?? 0), 8);
  header.writeUInt32BE((frame?.seq ?? lastSeq) >>> 0, 16);
  return header;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ControlMessageError(
      `Invalid control message: it is not JSON, got ${cut(JSON.stringify(text))}. Send an object such as ${EXAMPLE}.`,
    );
  }
}

function cut(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function wholeNumber(max: number) {
  const isOne = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;
  return z.custom<number>(isOne, `must be a whole number from 0 to ${max}`);
}

function isWithin(value: unknown, max: number): value is number {
  return typeof value === "number" && value > 0 && value <= max;
}

/** Some languages write null for a missing field. */
function optional<T>(isOne: (value: unknown) => value is T, rule: string) {
  return z.custom<T | null | undefined>((value) => value == null || isOne(value), `must be ${rule}`).optional();
}
