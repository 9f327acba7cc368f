import type { Socket } from "node:net";
import { z } from "zod";
import type { DriverContext } from "../core/camera-options.ts";
import { toJpeg } from "../jpeg/convert/convert.ts";
import { imageFormatOf, MAGIC_BYTES } from "../jpeg/convert/image-format.ts";
import { JpegSplitter } from "../jpeg/split.ts";
import { wholeJpeg } from "../jpeg/whole.ts";
import { describeConnectionError } from "../net/connection-error.ts";
import { parseSocket } from "../net/parse-socket.ts";
import { connectUntilAborted } from "../net/tcp-client.ts";
import { formatEndpoint } from "../options/endpoint.ts";
import { connectTo, integer, oneOf } from "../options/option-types.ts";
import { helloNumbers } from "../protocols/client-hello.ts";
import { HEADER_LAYOUTS, type HeaderLayout, packHeader } from "../protocols/frame-header.ts";
import { FrameReader } from "../protocols/frame-reader.ts";
import { thin } from "../util/async-iterate.ts";
import { defineDriver } from "./driver.ts";

const DEFAULT_REQUEST = { fps: 15, width: 640, height: 480 };

const options = z.strictObject({
  address: connectTo().describe("host and port to connect to"),
  protocol: oneOf("raw", "negotiated")
    .prefault("raw")
    .describe("raw: JPEGs end to end; negotiated: requested by a hello, each behind a header"),
  header: oneOf(...HEADER_LAYOUTS)
    .prefault("lhh8")
    .describe("negotiated: header layout; lhh12 for servers on 64-bit Linux"),
  fps: integer(1, 1000)
    .optional()
    .describe("negotiated: frames per second to request (15); raw: limit of the frame rate"),
  width: integer(1, 32_767).optional().describe("negotiated: width in pixels to request (640)"),
  height: integer(1, 32_767).optional().describe("negotiated: height in pixels to request (480)"),
});

export const tcpConnect = defineDriver({
  summary: "JPEGs from a TCP server; add always=true if the server ends when a client disconnects",
  address: "HOST:PORT",
  options,
  async *open(given, context) {
    const server = formatEndpoint(given.address);
    const socket = await connectUntilAborted(given.address, context.signal);
    if (socket === undefined) return;
    try {
      context.note?.(`Connected to ${server}`);
      if (given.protocol === "negotiated") {
        yield* negotiated(socket, server, given, context);
      } else {
        const splitter = new JpegSplitter({ onSkip: context.dropped });
        const jpegs = parseSocket(socket, (chunk) => splitter.push(chunk), context.signal);
        yield* given.fps === undefined ? jpegs : thin(jpegs, given.fps);
      }
      if (!context.signal.aborted) throw new Error(endOf(socket, server));
    } finally {
      socket.destroy();
    }
  },
});

async function* negotiated(
  socket: Socket,
  server: string,
  { header, ...given }: z.output<typeof options>,
  { signal, dropped }: DriverContext,
): AsyncGenerator<Uint8Array, void> {
  const { fps = DEFAULT_REQUEST.fps, width = DEFAULT_REQUEST.width, height = DEFAULT_REQUEST.height } = given;
  const reader = new FrameReader(header);
  let hasAnswered = false;
  const read = function* (chunk: Buffer) {
    hasAnswered = true;
    try {
      yield* reader.push(chunk);
    } catch (error) {
      throw new Error(`Cannot read frames of ${server}: ${(error as Error).message}`, { cause: error });
    }
  };
  socket.write(packHeader(header, helloNumbers({ fps, width, height })));
  for await (const bytes of parseSocket(socket, read, signal)) {
    const jpeg = await asJpeg(bytes, signal).catch((error: Error) => {
      if (!signal.aborted) dropped(error.message);
    });
    if (jpeg !== undefined) yield jpeg;
  }
  if (!hasAnswered && !signal.aborted) throw new Error(closedAtHello(server, header, `${fps} fps, ${width}×${height}`));
}

/** Some servers send other formats. */
async function asJpeg(bytes: Buffer, signal: AbortSignal): Promise<Uint8Array> {
  if (imageFormatOf(bytes.subarray(0, MAGIC_BYTES)) === undefined) {
    const whole = wholeJpeg(bytes);
    if ("reason" in whole) throw new Error(whole.reason);
    return whole.jpeg;
  }
  return await toJpeg(bytes, { signal }).catch((error: Error) => {
    throw new Error(`Cannot read a frame: ${error.message}`, { cause: error });
  });
}

function closedAtHello(server: string, header: HeaderLayout, request: string): string {
  const others = HEADER_LAYOUTS.filter((layout) => layout !== header).map((layout) => `header=${layout}`);
  return `${server} closed the connection after the hello (${request}, header=${header}). Try ${others.join(" or ")}.`;
}

function endOf({ errored }: Socket, server: string): string {
  return errored === null ? `${server} closed the connection` : `${server}: ${describeConnectionError(errored)}`;
}
