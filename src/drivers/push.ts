import { z } from "zod";
import { defineDriver } from "./driver.ts";

export const push = defineDriver({
  summary: "frames uploaded to /cameras/NAME/frames over HTTP or a WebSocket: by a phone, ffmpeg, curl, an ESP32",
  isListener: true,
  acceptsUploads: true,
  options: z.strictObject({}),
  open(_options, context) {
    if (context.publisherSlot === undefined) throw new Error("This camera has no publisher slot");
    return context.publisherSlot.read(context);
  },
});
