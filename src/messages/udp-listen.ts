import { z } from "zod";
import { addressRanges } from "../net/address-ranges.ts";
import { checkUdpPort, listenUdp } from "../net/udp-listener.ts";
import { formatEndpoint } from "../options/endpoint.ts";
import { listenAt } from "../options/option-types.ts";
import { defineOutput } from "../outputs/output.ts";
import { aborted } from "../util/abort.ts";
import { throttleLog } from "../util/throttle.ts";
import { readJsonMessage } from "./json-message.ts";

/** What a receiver says to each message: it is what the programs in use say. */
const MESSAGE_ANSWER = Buffer.from("get the msg");

/** Messages that programs send to us by UDP: docs/reference/tcp-udp.md has the format. */
export const udpListen = defineOutput({
  summary: "messages that others send by UDP, a JSON value in each datagram, each answered",
  address: "[HOST:]PORT",
  options: z.strictObject({
    address: listenAt().describe("where to listen"),
    allow: addressRanges()
      .optional()
      .describe(
        "whose messages to take, such as 192.168.0.0/24,10.0.0.7; local networks by default, everybody with --public",
      ),
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
          tellWrong(`${from} sent ${message.reason}`);
        }
      },
      onRefused: ({ host }) => tellRefused(`${host} is not allowed to send messages`),
    });
    try {
      const error = await Promise.race([listener.failed, aborted(signal)]);
      if (error !== undefined) throw error;
    } finally {
      listener.close();
    }
  },
});
