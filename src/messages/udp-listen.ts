import { z } from "zod";
import { allowOption } from "../net/address-ranges.ts";
import { checkUdpPort, listenUdp } from "../net/udp-listener.ts";
import { formatEndpoint } from "../options/endpoint.ts";
import { listenAt } from "../options/option-types.ts";
import { defineOutput } from "../outputs/output.ts";
import { aborted } from "../util/abort.ts";
import { throttleLog } from "../util/throttle.ts";

/** As receivers in use say. */
const MESSAGE_ANSWER = Buffer.from("get the msg");

/** See docs/reference/tcp-udp.md. */
export const udpListen = defineOutput({
  summary: "messages over UDP, one JSON value a datagram, each answered",
  address: "[HOST:]PORT",
  options: z.strictObject({
    address: listenAt().describe("host and port to listen on"),
    allow: allowOption("send"),
  }),
  async check({ address }) {
    await checkUdpPort(address);
  },
  async run({ address, allow }, { signal, messages, meter, note }) {
    const tellRefused = throttleLog(note);
    const tellWrong = throttleLog(note);
    const listener = await listenUdp(address, {
      allow,
      onDatagram: (datagram, sender) => {
        const from = formatEndpoint(sender);
        const message = readJsonMessage(datagram);
        if ("text" in message) {
          messages.receive(`udp ${from}`, message.text);
          listener.send(MESSAGE_ANSWER, sender);
        } else {
          meter.dropped();
          tellWrong(`Message refused from ${from}: ${message.reason}`);
        }
      },
      onRefused: ({ host }) => tellRefused(`Message refused from ${host}: its address is not in "allow"`),
    });
    try {
      const error = await Promise.race([listener.failed, aborted(signal)]);
      if (error !== undefined) throw error;
    } finally {
      listener.close();
    }
  },
});

export type JsonMessage = { readonly text: string } | { readonly reason: string };

/** The format's limit. */
const MAX_BYTES = 8 * 1024;

/** Reads a message: a string's text, or else the JSON as written, so no digit is lost. */
export function readJsonMessage(bytes: Uint8Array): JsonMessage {
  if (bytes.length > MAX_BYTES) return { reason: `it has ${bytes.length} bytes, and the limit is ${MAX_BYTES}` };
  try {
    const json = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(json);
    return { text: typeof value === "string" ? value : json.trim() };
  } catch {
    return { reason: "it is not JSON" };
  }
}
