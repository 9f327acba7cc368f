import { randomFillSync } from "node:crypto";
import type { RequestHandler } from "express";
import { Slots } from "../../net/slots.ts";
import { epochNow } from "../../util/clock.ts";
import { addressOf } from "../access/client-address.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { HttpError } from "../shared/http-error.ts";
import { sendPage } from "../shared/send-page.ts";

export function doctorPageRoute(title: string): RequestHandler {
  return (request, response) => {
    if (request.path.endsWith("/")) response.redirect(308, "../doctor");
    else sendPage(response, "doctor", { title: "Doctor", site: title });
  };
}

/** Concurrent requests share one examination. */
export function doctorReportRoute(examine: () => Promise<object>): RequestHandler {
  let running: Promise<object> | undefined;
  return async (_request, response) => {
    running ??= examine().finally(() => {
      running = undefined;
    });
    response.set(NO_CACHE).json(await running);
  };
}

/** Sends little else: the page measures the rtt by it. */
export function doctorTimeRoute(): RequestHandler {
  return (_request, response) => {
    response.set(NO_CACHE).json({ now: epochNow() });
  };
}

export const BURST = { chunks: 20, everyMs: 100, bytes: 1024 } as const;

const HEADER_BYTES = 10;

/** One burst takes two seconds; a page asks for one. */
const SLOTS = { max: 8, perAddress: 4, isThisMachineExempt: true };

/**
 * Sends chunks at known times: the page sees whether a proxy delays or changes a stream. A chunk
 * has its number (u16, big endian), its send time (f64, epoch milliseconds), and bytes that do not
 * compress.
 */
export function doctorBurstRoute({ everyMs = BURST.everyMs as number } = {}): RequestHandler {
  const slots = new Slots(SLOTS);
  return (request, response) => {
    const leave = slots.take(addressOf(request), () => response.destroy());
    if (typeof leave === "string") {
      const text = "Test not started: too many browsers are testing. Try again in 3 s.";
      throw new HttpError(503, text, { "Retry-After": "3" });
    }
    // As streams set them, so that a proxy treats it as one.
    response.set({ ...NO_CACHE, "X-Accel-Buffering": "no", Connection: "close" });
    response.setHeader("Content-Type", "application/octet-stream");
    let number = 0;
    const send = () => {
      response.write(chunk(number++));
      if (number === BURST.chunks) response.end();
    };
    const timer = setInterval(send, everyMs);
    response.once("close", () => {
      clearInterval(timer);
      leave();
    });
    response.once("finish", () => clearInterval(timer));
    send();
  };
}

function chunk(number: number): Buffer {
  const bytes = randomFillSync(Buffer.alloc(BURST.bytes), HEADER_BYTES);
  bytes.writeUInt16BE(number, 0);
  bytes.writeDoubleBE(epochNow(), 2);
  return bytes;
}
