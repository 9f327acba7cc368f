import { z } from "zod";
import { defineDriver } from "./driver.ts";

/** Pictures that are sent to us over HTTP or a WebSocket. What receives them is the server's HTTP; they meet in the inlet. */
export const push = defineDriver({
  summary: "pictures sent to /cameras/NAME/frames over HTTP or a WebSocket: by a phone, ffmpeg, curl, an ESP32",
  isListener: true,
  acceptsUploads: true,
  options: z.strictObject({}),
  open(_options, context) {
    if (context.publisherSlot === undefined) throw new Error("There is no way in for pictures");
    return context.publisherSlot.read(context);
  },
});
