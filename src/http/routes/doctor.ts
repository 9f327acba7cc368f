import { randomFillSync } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import { Slots } from "../../net/slots.ts";
import { epochNow } from "../../util/clock.ts";
import { HttpError } from "../shared/errors.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { addressOf } from "../shared/request.ts";
import { sendPage } from "../shared/send-page.ts";

/** `/api/doctor`: examines cameras and machine. One examination at a time: who asks meanwhile shares it. */
export function doctorReportRoute(examine: () => Promise<object>): RequestHandler {
  let running: Promise<object> | undefined;
  return async (_request, response) => {
    running ??= examine().finally(() => {
      running = undefined;
    });
    response.set(NO_CACHE).json(await running);
  };
}

/** `/api/doctor/time`: the server's clock, and little else, to measure the way by. */
export const doctorTimeRoute: RequestHandler = (_request, response) => {
  response.set(NO_CACHE).json({ now: epochNow() });
};

/** `/doctor`: the page that shows all of it, and looks at the way from the browser to here. */
export function doctorPageRoute(title: string): RequestHandler {
  return (request: Request, response: Response) => {
    if (request.path.endsWith("/")) response.redirect(308, "../doctor");
    else sendPage(response, "doctor", { title: "Doctor", site: title });
  };
}

/** How many chunks a burst has, how far apart they are, in milliseconds, and how many bytes each. */
export const BURST = { chunks: 20, everyMs: 100, bytes: 1024 } as const;

/** Bytes of a chunk before its filling. */
const HEADER_BYTES = 10;

/** Bursts at a time, and those of one address. One takes two seconds, and a page asks for one. */
const ROOM = { max: 8, perAddress: 4, isThisMachineExempt: true };

/**
 * `/doctor/burst`: chunks at known times, as a stream has its pictures, so that a page sees whether something on the way
 * keeps them back or changes them. Each is a whole number from 0 (u16, big endian), when it was sent (f64, milliseconds
 * since the epoch), and bytes that do not shrink.
 */
export function doctorBurstRoute({ everyMs = BURST.everyMs as number } = {}): RequestHandler {
  const places = new Slots(ROOM);
  return (request, response) => {
    const leave = places.take(addressOf(request), () => response.destroy());
    if (typeof leave === "string") {
      throw new HttpError(503, "Others are measuring; try again in some seconds.", { "Retry-After": "3" });
    }
    // As a stream has them, so that what happens to it happens to this.
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
