import type { Request } from "express";
import type { Message } from "../../core/message-channel.ts";
import type { MessagesOf } from "../../messages/message-log.ts";
import { isUser } from "../access/authorization.ts";
import type { CameraHandler } from "../access/camera-handler.ts";
import { addressOf } from "../access/client-address.ts";
import { requireOwnOrigin } from "../access/origin.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { HttpError } from "../shared/http-error.ts";
import { BodyError, readBody, utf8Of } from "../shared/read-body.ts";

/** Some lines of UTF-8. */
const MAX_TEXT_BYTES = 8 * 1024;

/** JSON may need six bytes for one (RFC 8259, 7). */
const MAX_BODY_BYTES = 6 * MAX_TEXT_BYTES + 1024;

const HOW = 'Send it as text/plain, or as application/json such as {"text": "hello"}.';

export function listMessagesRoute(messagesOf: MessagesOf): CameraHandler {
  return (camera, request, response) => {
    const messages = messagesOf(camera).list();
    response.set(NO_CACHE).json({ messages: messages.map((message) => toldMessage(request, message)) });
  };
}

/** Guests learn a message's protocol, not its address. */
export function toldMessage(request: object, message: Message): Message {
  return isUser(request) ? message : { ...message, from: message.from.split(" ", 1).join() };
}

/** Answers with the number of receivers. */
export function postMessageRoute(messagesOf: MessagesOf): CameraHandler {
  return async (camera, request, response) => {
    requireOwnOrigin(request);
    const text = textIn(typeOf(request), await readMessage(request));
    const delivered = messagesOf(camera).post(`http ${addressOf(request)}`, text);
    response.status(202).set(NO_CACHE).json({ delivered });
  };
}

type BodyType = "text" | "json";

/** Without a type it is text. @throws HttpError 415 */
function typeOf({ headers }: Request): BodyType {
  const { type = "", charset = "utf-8" } =
    /^\s*(?<type>[^;\s]*)(?:.*;\s*charset="?(?<charset>[^";\s]+))?/i.exec(headers["content-type"] ?? "")?.groups ?? {};
  if (!/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new HttpError(415, `Unsupported charset: ${charset}. Send the message in UTF-8.`);
  }
  if (/^(|text\/plain)$/i.test(type)) return "text";
  if (/^application\/(?:[\w.-]+\+)?json$/i.test(type)) return "json";
  throw new HttpError(415, `Unsupported type: ${type}. ${HOW}`);
}

async function readMessage(request: Request): Promise<Uint8Array> {
  try {
    return await readBody(request, MAX_BODY_BYTES);
  } catch (error) {
    if (error instanceof BodyError && error.kind === "large") throw tooLong();
    throw new HttpError(400, "Invalid body: it is incomplete or compressed. Send it whole and uncompressed.");
  }
}

function textIn(type: BodyType, body: Uint8Array): string {
  const text = type === "json" ? textOf(parseJson(decode(body))) : decode(body);
  if (text === "") throw new HttpError(400, `Empty message. ${HOW}`);
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) throw tooLong();
  return text;
}

function decode(body: Uint8Array): string {
  try {
    return utf8Of(body);
  } catch {
    throw new HttpError(400, "Invalid message: it is not UTF-8.");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, `Invalid body: it is not JSON. ${HOW}`);
  }
}

function textOf(value: unknown): string {
  if (typeof value === "object" && value !== null && "text" in value && typeof value.text === "string") {
    // JSON can hold half a surrogate pair, UTF-8 cannot: it becomes U+FFFD here, for all receivers.
    return Buffer.from(value.text).toString();
  }
  throw new HttpError(400, `Invalid body: the JSON has no "text". ${HOW}`);
}

function tooLong(): HttpError {
  return new HttpError(413, `Message too long: the limit is ${MAX_TEXT_BYTES} bytes.`);
}
