import type { Socket } from "node:net";
import { z } from "zod";
import { MAX_FRAME_BYTES } from "../jpeg/split.ts";
import { setNotsentLowat } from "../net/notsent-lowat.ts";
import { parseSocket } from "../net/parse-socket.ts";
import { SocketWriter } from "../net/socket-writer.ts";
import { connectUntilAborted } from "../net/tcp-client.ts";
import { formatEndpoint } from "../options/endpoint.ts";
import { connectTo, integer } from "../options/option-types.ts";
import { TextReader } from "../protocols/text-reader.ts";
import { variantOptions, variantSpecOf } from "../transform/transform-spec.ts";
import { pause } from "../util/abort.ts";
import { Throttle } from "../util/throttle.ts";
import { defineOutput, type OutputContext } from "./output.ts";
import { sendFrames } from "./send-frames.ts";

/** Such viewers read this much at once, and take it for one frame. */
const DEFAULT_MAX_BYTES = 10_240;

/** Further ones are dropped, and the peer is slowed down. */
const MAX_TEXTS_PER_SECOND = 20;

const LOGGED_LENGTH = 200;

export const tcpConnect = defineOutput({
  summary: "JPEGs end to end, pushed to a viewer that listens on TCP; its texts become messages",
  address: "HOST:PORT",
  options: z.strictObject({
    address: connectTo().describe("host and port to connect to"),
    maxBytes: integer(0, MAX_FRAME_BYTES)
      .prefault(DEFAULT_MAX_BYTES)
      .describe("limit of a frame in bytes, kept by lower quality, then smaller size; 0 for none"),
    ...variantOptions,
    quality: integer(1, 100).prefault(25).describe("JPEG quality"),
  }),
  async run({ address, maxBytes, ...given }, context) {
    const peer = formatEndpoint(address);
    const socket = await connectUntilAborted(address, context.signal);
    if (socket === undefined) return;
    const forget = context.meter.peer(peer);
    try {
      context.note(`Connected to ${peer}`);
      await setNotsentLowat(socket);
      const reading = readTexts(socket, peer, context);
      const spec = { ...variantSpecOf(given), ...(maxBytes > 0 && { maxBytes }) };
      await sendFrames({ socket, writer: new SocketWriter(socket), spec, context });
      socket.destroy();
      await reading;
      if (!context.signal.aborted) throw new Error(`${peer} closed the connection`);
    } finally {
      forget();
      socket.destroy();
    }
  },
});

async function readTexts(socket: Socket, peer: string, { messages, note, signal }: OutputContext): Promise<void> {
  let texts = 0;
  const log = new Throttle<string>((text) => note(`Text from ${peer}: ${quote(text)}`), { burst: 10, everyMs: 6000 });
  const reader = new TextReader({
    onText: (text) => {
      if (++texts > MAX_TEXTS_PER_SECOND) return;
      messages.receive(`tcp ${peer}`, text);
      log.put(text);
    },
  });
  const everySecond = setInterval(() => {
    texts = 0;
  }, 1000);
  try {
    for await (const chunk of parseSocket(socket, (chunk) => [chunk], signal)) {
      reader.push(chunk);
      if (texts > MAX_TEXTS_PER_SECOND) await pause(1000, signal);
    }
  } finally {
    reader.end();
    clearInterval(everySecond);
    log.close();
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > LOGGED_LENGTH ? `${text.slice(0, LOGGED_LENGTH)}…` : text);
}
