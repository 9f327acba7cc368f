import type { Request } from "express";
import type { MessageLog, MessagesOf, NumberedMessage } from "../../messages/message-log.ts";
import { Slots } from "../../net/slots.ts";
import type { CameraHandler } from "../access/camera-handler.ts";
import { addressOf } from "../access/client-address.ts";
import { exemptFromEviction } from "../limits/connections.ts";
import type { Refusals } from "../limits/refusals.ts";
import { SLOT_LOST, takeSlot } from "../limits/take-slot.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { HttpError } from "../shared/http-error.ts";
import { toldMessage } from "./messages.ts";

/** Proxies and browsers close idle connections (HTML, 9.2.7: about 15 s). */
const COMMENT_MS = 15_000;

/** A browser opens one a page. */
const SLOTS = { max: 200, perAddress: 100 };

const RETRY_MS = 2000;

export interface MessageStreamOptions {
  readonly messagesOf: MessagesOf;
  readonly onLimitReached: Refusals["reached"];
  /** @default 15000 */
  readonly commentMs?: number;
}

/**
 * Sends server-sent events (HTML Standard, 9.2). `Last-Event-ID` resumes, as far as messages are
 * kept; `?last=N` starts with the last N. Each is written once the one before is read: a slow
 * client costs no memory, and may miss messages.
 */
export function messageStreamRoute(options: MessageStreamOptions): CameraHandler {
  const { messagesOf, onLimitReached, commentMs = COMMENT_MS } = options;
  const onEvicted = (address: string) => onLimitReached("message-streams-given-up", address);
  const slots = new Slots({ ...SLOTS, onEvicted });
  return (camera, request, response) => {
    const messages = messagesOf(camera);
    let sent = startFor(request, messages);
    const giveUp = () => void response.end(`: ${SLOT_LOST}\n\n`);
    const leave = takeSlot(slots, addressOf(request), { limit: "message-streams", what: "message streams", giveUp });
    response.once("close", leave);
    response.set({ ...NO_CACHE, "X-Accel-Buffering": "no", "Content-Type": "text/event-stream; charset=utf-8" });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    exemptFromEviction(request.socket, response);
    let isFull = false;
    const write = (text: string) => {
      isFull = !response.write(text);
    };
    const catchUp = () => {
      for (const numbered of messages.after(sent)) {
        if (isFull) return;
        sent = numbered.number;
        const message = toldMessage(request, numbered.message);
        write(eventOf({ ...numbered, message }, messages));
      }
    };
    response.on("drain", () => {
      isFull = false;
      catchUp();
    });
    const timer = setInterval(() => {
      if (!isFull) write(": nothing new\n\n");
    }, commentMs);
    const unlisten = messages.listen({ notify: catchUp, end: () => response.end() });
    response.once("close", () => {
      clearInterval(timer);
      unlisten();
    });
    response.flushHeaders();
    write(`retry: ${RETRY_MS}\n\n`);
    catchUp();
  };
}

/** The client's last event, or the newest. */
function startFor(request: Request, messages: MessageLog): number {
  const lastId = request.get("last-event-id");
  if (lastId !== undefined) {
    const [runId, number = ""] = lastId.split("-");
    // After a restart, older messages are gone: all that is kept is new to the client.
    return runId === messages.runId && /^\d+$/.test(number) ? Number(number) : 0;
  }
  const { last } = request.query;
  if (last === undefined || last === "") return messages.count;
  if (typeof last === "string" && /^\d{1,6}$/.test(last)) return messages.count - Number(last);
  throw new HttpError(400, `last must be a whole number of messages, got ${JSON.stringify(last)}.`);
}

/** JSON has no line break, so one data line holds it. */
function eventOf({ number, message }: NumberedMessage, { runId }: MessageLog): string {
  return `id: ${runId}-${number}\ndata: ${JSON.stringify(message)}\n\n`;
}
