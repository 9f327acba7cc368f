import { z } from "zod";
import type { DriverContext } from "../core/camera-options.ts";
import { JpegSplitter } from "../jpeg/split.ts";
import { addressRanges } from "../net/address-ranges.ts";
import { parseSocket } from "../net/parse-socket.ts";
import { ProtocolDetector } from "../net/protocol-detector.ts";
import { checkTcpPort } from "../net/tcp-server.ts";
import { duration, flag, listenAt, text } from "../options/option-types.ts";
import { TextWriter } from "../protocols/text-writer.ts";
import { Throttle, withSuppressed } from "../util/throttle.ts";
import { defineDriver } from "./driver.ts";
import { type TcpPublisher, TcpPublisherSlot } from "./tcp-publisher-slot.ts";

const options = z.strictObject({
  address: listenAt().describe("where to listen"),
  greeting: text("a text").prefault("stillstream: connected").describe("what a sender is told when it connects"),
  takeover: flag().prefault(false).describe("who comes replaces the sender that is there, rather than be turned away"),
  allow: addressRanges()
    .optional()
    .describe("who may send, such as 192.168.0.0/24,10.0.0.7; local networks by default, everybody with --public"),
  timeout: duration().prefault("30s").describe("a sender that completes no picture for this long is closed; 0s: never"),
});

/** JPEGs laid end to end, without lengths, from whoever connects. What is posted to the camera is written to it. */
export const tcpListen = defineDriver({
  summary: "JPEGs laid end to end on a TCP connection that a sender opens to this port",
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
      const nobody = `Waiting for a sender on port ${await slot.open(given.address)}`;
      if (context.signal.aborted) return;
      status.waiting(nobody);
      for await (const publisher of slot.publishers()) {
        // Without its address: guests read it, also in placeholders.
        status.waiting("Waiting for the first picture of a sender");
        yield* framesOf(publisher, given, context, status);
        if (!context.signal.aborted)
          status.left(`${publisher.peer} ${publisher.endReason}`, slot.isEmpty ? nobody : undefined);
      }
    } finally {
      context.signal.removeEventListener("abort", close);
      status.close();
      await slot.close();
    }
  },
});

/** What a sender gives until it is gone; meanwhile it is greeted, and told what is posted. */
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
    if (!writer.write(text)) status.rejected(`${peer} does not read what is written to it, and was not told more`);
  });
  const detector = new ProtocolDetector();
  const parse = (chunk: Buffer) => {
    const bytes = detector.push(chunk);
    const { protocol = "other" } = detector;
    if (protocol !== "other")
      publisher.dismiss(`it speaks ${protocol}, as browsers do: send over HTTP to a camera of push`);
    return protocol === "other" ? splitter.push(bytes) : [];
  };
  const expire = () => publisher.dismiss(`no whole picture came for ${timeout / 1000} s`);
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

/** Who is connected and who was turned away, said no faster than a log should grow. */
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

  /** Somebody is gone; without `waitingFor` the next one is there. */
  left(note: string, waitingFor?: string): void {
    this.#lines.put({ note, waitingFor });
  }

  sends(peer: string): void {
    this.#lines.put({ note: `${peer} sends pictures` });
  }

  rejected(text: string): void {
    this.#refusals.put(text);
  }

  close(): void {
    this.#lines.close();
    this.#refusals.close();
  }
}
