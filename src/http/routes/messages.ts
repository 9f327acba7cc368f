import type { Request } from "express";
import type { Camera } from "../../core/camera.ts";
import type { Message } from "../../core/message-channel.ts";
import type { MessageLog } from "../../messages/message-log.ts";
import { isUser } from "../access/authorization.ts";
import { requireOwnOrigin } from "../access/origin.ts";
import { HttpError } from "../shared/errors.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { BodyError, readBody, utf8Of } from "../shared/read-body.ts";
import { addressOf } from "../shared/request.ts";
import type { CameraHandler } from "../streaming/stream.ts";

/** A text that travels beside pictures is a line or a few, in bytes of UTF-8. */
const MAX_TEXT_BYTES = 8 * 1024;

/** JSON may write every byte of it in six (RFC 8259, 7), in bytes. */
const MAX_BODY_BYTES = 6 * MAX_TEXT_BYTES + 1024;

const HOW = 'send it as text/plain, or as application/json in the form {"text": "hello"}';

export type MessagesOf = (camera: Camera) => MessageLog;

/** The messages kept, oldest first. */
export function listMessagesRoute(messagesOf: MessagesOf): CameraHandler {
  return (camera, request, response) => {
    const messages = messagesOf(camera).list();
    response.set(NO_CACHE).json({ messages: messages.map((message) => toldMessage(request, message)) });
  };
}

/** Returns a message as a client may read it: a guest learns how it came, and not from where. */
export function toldMessage(request: object, message: Message): Message {
  return isUser(request) ? message : { ...message, from: message.from.split(" ", 1).join() };
}

/** Takes a message for a camera, and says how many it was handed to. */
export function postMessageRoute(messagesOf: MessagesOf): CameraHandler {
  return async (camera, request, response) => {
    requireOwnOrigin(request);
    const text = textIn(typeOf(request), await readMessage(request));
    const delivered = messagesOf(camera).post(`http ${addressOf(request)}`, text);
    response.status(202).set(NO_CACHE).json({ delivered });
  };
}

type BodyType = "text" | "json";

/** Throws an HttpError 415 for what is neither. Without a type it is text. */
function typeOf({ headers }: Request): BodyType {
  const { type = "", charset = "utf-8" } =
    /^\s*(?<type>[^;\s]*)(?:.*;\s*charset="?(?<charset>[^";\s]+))?/i.exec(headers["content-type"] ?? "")?.groups ?? {};
  if (!/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new HttpError(415, `A message must be in UTF-8, and this is in ${charset}.`);
  }
  if (/^(|text\/plain)$/i.test(type)) return "text";
  if (/^application\/(?:[\w.-]+\+)?json$/i.test(type)) return "json";
  throw new HttpError(415, `A message cannot be read from ${type}; ${HOW}.`);
}

async function readMessage(request: Request): Promise<Uint8Array> {
  try {
    return await readBody(request, MAX_BODY_BYTES);
  } catch (error) {
    if (error instanceof BodyError && error.kind === "large") throw tooLong();
    throw new HttpError(400, "The body cannot be read; send it whole, and not compressed.");
  }
}

function textIn(type: BodyType, body: Uint8Array): string {
  const text = type === "json" ? textOf(parseJson(decode(body))) : decode(body);
  if (text === "") throw new HttpError(400, `There is no message; ${HOW}.`);
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) throw tooLong();
  return text;
}

function decode(body: Uint8Array): string {
  try {
    return utf8Of(body);
  } catch {
    throw new HttpError(400, "The message is not UTF-8.");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, `The body is not JSON; ${HOW}.`);
  }
}

function textOf(value: unknown): string {
  if (typeof value === "object" && value !== null && "text" in value && typeof value.text === "string") {
    // Half a surrogate pair, which JSON can write and UTF-8 cannot, becomes U+FFFD here and not at some receiver.
    return Buffer.from(value.text).toString();
  }
  throw new HttpError(400, `The JSON must be an object with a text; ${HOW}.`);
}

function tooLong(): HttpError {
  return new HttpError(413, `A message may have up to ${MAX_TEXT_BYTES} bytes, and this has more.`);
}
