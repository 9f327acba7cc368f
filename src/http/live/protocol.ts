import { z } from "zod";

/** Of the protocol: in the hello, and in the header of each picture. */
export const LIVE_VERSION = 1;

/** The largest control message taken, in bytes. The longest that a client needs is a subscribe with a long query. */
export const MAX_CONTROL_BYTES = 16 * 1024;

/** A message that is quoted back is cut to so many characters. */
const MAX_SHOWN = 80;

const id = wholeNumber(0xffff);
const side = optional(
  (value): value is number => isWithin(value, 0xffff),
  "a number of pixels above 0 and up to 65535",
);

/** What a client may say, by its type. Whatever else stands beside these fields is ignored. */
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

/** What is wrong with a control message, in a sentence. */
export class ControlMessageError extends Error {
  /** The subscription that comes to nothing with it; undefined where it is about none. */
  readonly id: number | undefined;

  constructor(message: string, id?: number) {
    super(message);
    this.name = "ControlError";
    this.id = id;
  }
}

/** Reads a control message; undefined for one of a type that is not ours. Throws a ControlError for a malformed one. */
export function readControl(text: string): ClientMessage | undefined {
  const value = parse(text);
  const fields = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const type = fields["type"];
  if (typeof type !== "string") {
    throw new ControlMessageError(
      `A message must be a JSON object with a type, such as {"type":"time","at":0}, got ${cut(text)}`,
    );
  }
  if (!Object.hasOwn(messages, type)) return undefined;
  const result = messages[type as keyof typeof messages].safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path: [name], message }) => {
    return `${String(name)} ${message}, got ${cut(JSON.stringify(fields[String(name)]) ?? "nothing")}`;
  });
  // A wrong field of another message ends nothing.
  const about = type === "subscribe" ? id.safeParse(fields["id"]).data : undefined;
  throw new ControlMessageError(`Of ${type}, ${problems.join("; ")}.`, about);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ControlMessageError(`A message must be JSON, got ${cut(text)}`);
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

/** A field that may be missing, or null, as some languages have it. */
function optional<T>(isOne: (value: unknown) => value is T, rule: string) {
  return z.custom<T | null | undefined>((value) => value == null || isOne(value), `must be ${rule}`).optional();
}
