import { z } from "zod";
import type { Frame, FrameSource } from "../core/frame.ts";
import { UdpPeer } from "../net/udp-peer.ts";
import { connectTo, flag, oneOf } from "../options/option-types.ts";
import { datagramsOf, MAX_DATAGRAM_BYTES } from "../protocols/datagram-layout.ts";
import { variantOptions, variantSpecOf } from "../transform/transform-spec.ts";
import { linkedController } from "../util/abort.ts";
import { defineOutput, type OutputContext } from "./output.ts";
import { UdpExchange } from "./udp-exchange.ts";

/** After so many pictures without an answer a receiver counts as gone (the format's rule). */
const MAX_SILENCES = 3;

/** Pauses before a receiver that is gone is asked again, in milliseconds; they double (the longest is the format's rule). */
const MIN_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 30_000;

/** Sends pictures in UDP datagrams to a receiver that answers each: docs/reference/tcp-udp.md has the format. */
export const udpSend = defineOutput({
  summary: "sends pictures in UDP datagrams, each once the one before was answered",
  address: "HOST:PORT",
  options: z.strictObject({
    address: connectTo().describe("where to send to"),
    header: oneOf("8", "4")
      .prefault("8")
      .describe("bytes of the length ahead of a picture; 4 for receivers on Windows"),
    whole: flag()
      .prefault(false)
      .describe("each picture in one datagram, without a header; quality, then size, is lowered until it fits"),
    ...variantOptions,
  }),
  async run({ address, header, whole, ...variant }, context) {
    const { signal, note } = context;
    const spec = variantSpecOf(variant);
    const frames = context.frames(whole ? { ...spec, maxBytes: MAX_DATAGRAM_BYTES } : spec);
    const layOut = (jpeg: Uint8Array) => (whole ? [jpeg] : datagramsOf(jpeg, header === "4" ? 4 : 8));
    let last: Frame | undefined;
    let pauseMs = MIN_PAUSE_MS;
    let isGone = false;
    while (!signal.aborted) {
      // Looked up each time: it may have moved.
      const peer = await UdpPeer.connect(address);
      const exchange = new UdpExchange(peer, layOut, context);
      try {
        // Asked with the last picture there was: to open a camera, every 30 s, for nobody is what nobody expects.
        const isThere = last === undefined || (await exchange.send(last.jpeg));
        if (isThere) last = (await sendWhileAnswered(frames, exchange, context, spec.fps === undefined)) ?? last;
        exchange.end();
        if (exchange.isAnswered) pauseMs = MIN_PAUSE_MS;
        if (signal.aborted) return;
        if (exchange.isAnswered || !isGone) note(`${peer.name} does not answer; it is asked again every now and then`);
        isGone = true;
        // A late answer, or whatever else it says, is word enough.
        if ((await peer.receive(pauseMs, signal)) !== undefined) last = undefined;
        pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
      } finally {
        peer.close();
      }
    }
  },
});

/** Sends a camera's pictures, each the newest, until three in a row are not answered; gives the last one. */
async function sendWhileAnswered(
  frames: FrameSource,
  exchange: UdpExchange,
  { signal, meter }: OutputContext,
  countsMissed: boolean,
): Promise<Frame | undefined> {
  const hold = linkedController(signal);
  let last: Frame | undefined;
  let silences = 0;
  try {
    for await (const frame of frames.subscribe(hold.signal)) {
      for (let seq = (last ?? frame).seq + 1; countsMissed && seq < frame.seq; seq++) meter.dropped();
      last = frame;
      silences = (await exchange.send(frame.jpeg)) ? 0 : silences + 1;
      if (silences === MAX_SILENCES) break;
    }
  } finally {
    hold.abort();
    hold.release();
  }
  return last;
}
