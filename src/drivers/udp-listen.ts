import { z } from "zod";
import type { DriverContext } from "../core/camera-options.ts";
import { Mailbox } from "../core/mailbox.ts";
import { toJpeg } from "../jpeg/convert/convert.ts";
import { isJpeg } from "../jpeg/convert/image-format.ts";
import { type AddressRanges, allowOption } from "../net/address-ranges.ts";
import { checkUdpPort, listenUdp } from "../net/udp-listener.ts";
import { type Endpoint, formatEndpoint } from "../options/endpoint.ts";
import { listenAt } from "../options/option-types.ts";
import { FRAME_ANSWER } from "../protocols/datagram-layout.ts";
import { DatagramReceiver } from "../protocols/datagrams.ts";
import { throttleLog } from "../util/throttle.ts";
import { defineDriver } from "./driver.ts";

/** See docs/reference/tcp-udp.md. */
export const udpListen = defineDriver({
  summary: "images over UDP, whole or in chunks, each answered",
  address: "[HOST:]PORT",
  isListener: true,
  options: z.strictObject({
    address: listenAt().describe("host and port to listen on"),
    allow: allowOption("send"),
  }),
  async check({ address }) {
    await checkUdpPort(address);
  },
  async *open({ address, allow }, context) {
    const { signal } = context;
    const images = new Mailbox<Buffer>();
    const stop = () => images.close();
    let isConverting = false;
    let isOneWaiting = false;
    const put = (image: Buffer) => {
      if (isOneWaiting) context.dropped("A newer image came before this one was converted");
      isOneWaiting = isConverting;
      images.put(image);
    };
    const port = await receiveImages(address, allow, { put, close: (failure) => images.close(failure) }, context);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    context.waiting?.(`Waiting for images on UDP port ${port.number}`);
    try {
      for await (const image of images) {
        isOneWaiting = false;
        isConverting = true;
        const jpeg = await asJpeg(image, context);
        isConverting = false;
        if (jpeg !== undefined) yield jpeg;
      }
    } finally {
      signal.removeEventListener("abort", stop);
      port.close();
    }
  },
});

/** Each checks all senders. */
const MIN_TICK_MS = 10;

async function receiveImages(
  address: Endpoint,
  allow: AddressRanges | undefined,
  images: Pick<Mailbox<Buffer>, "put" | "close">,
  { dropped, note = () => {} }: DriverContext,
): Promise<{ readonly number: number; close(): void }> {
  const tellDropped = throttleLog(note);
  const tellRefused = throttleLog(note);
  const receiver = new DatagramReceiver({
    onImage: (image) => images.put(image),
    onDropped: (reason, sender) => {
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
    onRefused: ({ host }) => tellRefused(`Image refused from ${host}: its address is not in "allow"`),
  });
  void listener.failed.then((error) => images.close({ error }));
  return {
    number: listener.port,
    close: () => {
      clearTimeout(timer);
      listener.close();
    },
  };
}

async function asJpeg(image: Buffer, { dropped, signal }: DriverContext): Promise<Uint8Array | undefined> {
  if (isJpeg(image)) return image;
  try {
    return await toJpeg(image, { signal });
  } catch (error) {
    if (!signal.aborted) dropped(`Cannot read an image: ${(error as Error).message}`);
    return undefined;
  }
}
