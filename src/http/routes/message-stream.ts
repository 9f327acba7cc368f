import type { Request } from "express";
import type { MessageLog, NumberedMessage } from "../../messages/message-log.ts";
import { Slots } from "../../net/slots.ts";
import { exemptFromEviction } from "../limits/connections.ts";
import { SLOT_LOST, takeSlot } from "../limits/take-slot.ts";
import { HttpError } from "../shared/errors.ts";
import { NO_CACHE } from "../shared/headers.ts";
import type { Refusals } from "../shared/refusals.ts";
import { addressOf } from "../shared/request.ts";
import type { CameraHandler } from "../streaming/stream.ts";
import { type MessagesOf, toldMessage } from "./messages.ts";

/** How often a comment is sent, in milliseconds, so that proxies and browsers keep the connection (HTML, 9.2.7: about 15 s). */
const COMMENT_MS = 15_000;

/** Streams at a time, of all cameras together, and those of one address: a browser opens one for each page. */
const ROOM = { max: 200, perAddress: 100 };

/** How long a browser is to wait before it connects again, in milliseconds. */
const RETRY_MS = 2000;

/**
 * Sends a camera's messages as they come, as server-sent events (HTML Standard, 9.2). Each has an id: who comes back with
 * the last one's (`Last-Event-ID`) gets what it missed, if that is kept; `?last=N` begins with the last N. A slow reader
 * holds nothing of ours: each message is written when it has taken the one before, and what is no longer kept then, it
 * misses.
 */
export function messageStreamRoute(
  messagesOf: MessagesOf,
  onLimitReached: Refusals["reached"] = () => {},
  commentMs = COMMENT_MS,
): CameraHandler {
  const onGivenUp = (address: string) => onLimitReached("message-streams-given-up", address);
  const places = new Slots({ ...ROOM, onEvicted: onGivenUp });
  return (camera, request, response) => {
    const messages = messagesOf(camera);
    let sent = startFor(request, messages);
    const giveUp = () => void response.end(`: ${SLOT_LOST}\n\n`);
    const leave = takeSlot(places, addressOf(request), { limit: "message-streams", what: "message streams", giveUp });
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

/** The number after which a stream begins: that of the last event the client had, or of the newest message. */
function startFor(request: Request, messages: MessageLog): number {
  const lastId = request.get("last-event-id");
  if (lastId !== undefined) {
    const [run, number = ""] = lastId.split("-");
    // What was said before a restart is gone: then all there is is news.
    return run === messages.runId && /^\d+$/.test(number) ? Number(number) : 0;
  }
  const { last } = request.query;
  if (last === undefined || last === "") return messages.count;
  if (typeof last === "string" && /^\d{1,6}$/.test(last)) return messages.count - Number(last);
  throw new HttpError(400, `last takes a whole number of messages, got ${JSON.stringify(last)}.`);
}

/** JSON has no line break, so that one data line holds it. */
function eventOf({ number, message }: NumberedMessage, { runId: run }: MessageLog): string {
  return `id: ${run}-${number}\ndata: ${JSON.stringify(message)}\n\n`;
}
