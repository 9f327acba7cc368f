import { z } from "zod";
import type { DriverContext } from "../core/camera-options.ts";
import { Mailbox } from "../core/mailbox.ts";
import { toJpeg } from "../jpeg/convert/convert.ts";
import { isJpeg } from "../jpeg/convert/image-format.ts";
import { type AddressRanges, addressRanges } from "../net/address-ranges.ts";
import { checkUdpPort, listenUdp } from "../net/udp-listener.ts";
import { type Endpoint, formatEndpoint } from "../options/endpoint.ts";
import { listenAt } from "../options/option-types.ts";
import { FRAME_ANSWER } from "../protocols/datagram-layout.ts";
import { DatagramReceiver } from "../protocols/datagrams.ts";
import { throttleLog } from "../util/throttle.ts";
import { defineDriver } from "./driver.ts";

/** Pictures that programs send to us by UDP: docs/reference/tcp-udp.md has the format. */
export const udpListen = defineDriver({
  summary: "pictures that others send in UDP datagrams, whole or in chunks, each answered",
  address: "[HOST:]PORT",
  isListener: true,
  options: z.strictObject({
    address: listenAt().describe("where to listen"),
    allow: addressRanges()
      .optional()
      .describe(
        "whose pictures to take, such as 192.168.0.0/24,10.0.0.7; local networks by default, everybody with --public",
      ),
  }),
  async check({ address }) {
    await checkUdpPort(address);
  },
  async *open({ address, allow }, context) {
    const { signal } = context;
    const pictures = new Mailbox<Buffer>();
    const stop = () => pictures.close();
    let isConverting = false;
    let isOneWaiting = false;
    const put = (picture: Buffer) => {
      if (isOneWaiting) context.dropped("A picture was superseded by a newer one while it waited for a conversion");
      isOneWaiting = isConverting;
      pictures.put(picture);
    };
    const port = await receiveImages(address, allow, { put, close: (failure) => pictures.close(failure) }, context);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    context.waiting?.(`Waits for pictures at UDP port ${port.number}`);
    try {
      for await (const picture of pictures) {
        isOneWaiting = false;
        isConverting = true;
        const jpeg = await asJpeg(picture, context);
        isConverting = false;
        if (jpeg !== undefined) yield jpeg;
      }
    } finally {
      signal.removeEventListener("abort", stop);
      port.close();
    }
  },
});

/** The least time between two looks at what is due, in milliseconds: each looks at every sender. */
const MIN_TICK_MS = 10;

/** Receives pictures at a port, and puts them into the mailbox, until it is closed. */
async function receiveImages(
  address: Endpoint,
  allow: AddressRanges | undefined,
  pictures: Pick<Mailbox<Buffer>, "put" | "close">,
  { dropped, note = () => {} }: DriverContext,
): Promise<{ readonly number: number; close(): void }> {
  const tellDropped = throttleLog(note);
  const tellRefused = throttleLog(note);
  const receiver = new DatagramReceiver({
    picture: (picture) => pictures.put(picture),
    dropped: (reason, sender) => {
      const text = `${reason}, from ${formatEndpoint(sender)}`;
      dropped(text);
      tellDropped(text);
    },
    answer: (sender) => listener.send(FRAME_ANSWER, sender),
  });
  let timer: NodeJS.Timeout | undefined;
  let tickAt = Number.POSITIVE_INFINITY;
  const planTick = (now: number) => {
    if (receiver.dueAt >= tickAt) return;
    clearTimeout(timer);
    tickAt = receiver.dueAt;
    timer = setTimeout(tick, Math.max(MIN_TICK_MS, tickAt - now));
  };
  const tick = () => {
    const now = performance.now();
    tickAt = Number.POSITIVE_INFINITY;
    receiver.tick(now);
    planTick(now);
  };
  const listener = await listenUdp(address, {
    allow,
    onDatagram: (datagram, sender) => {
      const now = performance.now();
      receiver.receive(datagram, sender, now);
      planTick(now);
    },
    onRefused: ({ host }) => tellRefused(`${host} is not allowed to send pictures`),
  });
  void listener.failed.then((error) => pictures.close({ error }));
  return {
    number: listener.port,
    close: () => {
      clearTimeout(timer);
      listener.close();
    },
  };
}

async function asJpeg(picture: Buffer, { dropped, signal }: DriverContext): Promise<Uint8Array | undefined> {
  if (isJpeg(picture)) return picture;
  try {
    return await toJpeg(picture, { signal });
  } catch (error) {
    if (!signal.aborted) dropped(`A picture cannot be read: ${(error as Error).message}`);
    return undefined;
  }
}
