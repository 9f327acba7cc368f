import { z } from "zod";
import type { DriverContext } from "../core/camera-options.ts";
import { JpegSplitter } from "../jpeg/split.ts";
import { allowOption } from "../net/address-ranges.ts";
import { parseSocket } from "../net/parse-socket.ts";
import { ProtocolDetector } from "../net/protocol-detector.ts";
import { checkTcpPort } from "../net/tcp-server.ts";
import { duration, flag, listenAt, text } from "../options/option-types.ts";
import { TextWriter } from "../protocols/text-writer.ts";
import { Throttle, withSuppressed } from "../util/throttle.ts";
import { defineDriver } from "./driver.ts";
import { type TcpPublisher, TcpPublisherSlot } from "./tcp-publisher-slot.ts";

const options = z.strictObject({
  address: listenAt().describe("host and port to listen on"),
  greeting: text("a text").prefault("stillstream: connected").describe("text for a publisher that connects"),
  takeover: flag().prefault(false).describe("let a new publisher replace the connected one"),
  allow: allowOption("publish"),
  timeout: duration()
    .prefault("30s")
    .describe("time without a whole frame after which a publisher is closed; 0s for never"),
});

export const tcpListen = defineDriver({
  summary: "JPEGs end to end from a publisher that connects over TCP",
  address: "[HOST:]PORT",
  isListener: true,
  options,
  check: ({ address }) => checkTcpPort(address),
  async *open(given, context) {
    const status = new StatusLog(context);
    const slot = new TcpPublisherSlot({
      isTakeoverAllowed: given.takeover,
      allow: given.allow,
      onRejected: (text) => status.rejected(text),
    });
    const close = () => void slot.close();
    context.signal.addEventListener("abort", close);
    try {
      if (context.signal.aborted) return;
      const nobody = `Waiting for a publisher on port ${await slot.open(given.address)}`;
      if (context.signal.aborted) return;
      status.waiting(nobody);
      for await (const publisher of slot.publishers()) {
        // Guests read this: no address.
        status.waiting("Waiting for the first frame of a publisher");
        yield* framesOf(publisher, given, context, status);
        if (!context.signal.aborted) status.left(publisher.endReason, slot.isEmpty ? nobody : undefined);
      }
    } finally {
      context.signal.removeEventListener("abort", close);
      status.close();
      await slot.close();
    }
  },
});

async function* framesOf(
  publisher: TcpPublisher,
  { greeting, timeout }: z.output<typeof options>,
  { dropped, messages }: DriverContext,
  status: StatusLog,
): AsyncGenerator<Uint8Array, void> {
  const { socket, peer } = publisher;
  const splitter = new JpegSplitter({ onSkip: dropped });
  const writer = new TextWriter(socket);
  const disconnect = messages?.connect((text) => {
    if (!writer.write(text)) status.rejected(`Publisher does not read texts: ${peer}; it gets no more`);
  });
  const detector = new ProtocolDetector();
  const parse = (chunk: Buffer) => {
    const bytes = detector.push(chunk);
    const { protocol = "other" } = detector;
    if (protocol !== "other")
      publisher.dismiss(`it speaks ${protocol}, not raw JPEGs. Upload over HTTP to a camera with the driver push.`);
    return protocol === "other" ? splitter.push(bytes) : [];
  };
  const expire = () => publisher.dismiss(`no whole frame came for ${timeout / 1000} s`);
  const timer = timeout === 0 ? undefined : setTimeout(expire, timeout);
  writer.write(greeting);
  let isFirst = true;
  try {
    for await (const jpeg of parseSocket(socket, parse, publisher.dismissed)) {
      timer?.refresh();
      publisher.touch();
      if (isFirst) status.sends(peer);
      isFirst = false;
      yield jpeg;
    }
  } finally {
    clearTimeout(timer);
    disconnect?.();
    writer.close();
  }
}

interface StatusLine {
  readonly note?: string;
  readonly waitingFor?: string | undefined;
}

class StatusLog {
  readonly #lines: Throttle<StatusLine>;
  readonly #refusals: Throttle<string>;

  constructor({ note, waiting }: DriverContext) {
    const emit = (line: StatusLine) => {
      if (line.note !== undefined) note?.(line.note);
      if (line.waitingFor !== undefined) waiting?.(line.waitingFor);
    };
    this.#lines = new Throttle(emit, { burst: 10, everyMs: 6000 });
    this.#refusals = new Throttle((text, leftOut) => note?.(withSuppressed(text, leftOut)), { everyMs: 60_000 });
  }

  waiting(waitingFor: string): void {
    this.#lines.put({ waitingFor });
  }

  left(note: string, waitingFor?: string): void {
    this.#lines.put({ note, waitingFor });
  }

  sends(peer: string): void {
    this.#lines.put({ note: `Publisher sends frames: ${peer}` });
  }

  rejected(text: string): void {
    this.#refusals.put(text);
  }

  close(): void {
    this.#lines.close();
    this.#refusals.close();
  }
}
