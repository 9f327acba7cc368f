import type { Socket } from "node:net";
import { z } from "zod";
import { readHeader } from "../jpeg/read-header.ts";
import { MAX_FRAME_BYTES } from "../jpeg/split.ts";
import { allowOption } from "../net/address-ranges.ts";
import { setNotsentLowat } from "../net/notsent-lowat.ts";
import { checkTcpPort, listenTcp } from "../net/tcp-server.ts";
import { integer, listenAt, oneOf } from "../options/option-types.ts";
import type { Hello } from "../protocols/client-hello.ts";
import { packHeader } from "../protocols/frame-header.ts";
import { type VariantSpec, variantOptions, variantSpecOf } from "../transform/transform-spec.ts";
import { Throttle, withSuppressed } from "../util/throttle.ts";
import { defineOutput, type OutputContext } from "./output.ts";
import { type HelloTimeouts, receiveHello } from "./receive-hello.ts";
import { sendFrames } from "./send-frames.ts";
import { type TcpClient, TcpClients } from "./tcp-clients.ts";

/** Receivers in use call recv once a frame: larger ones arrive torn. */
const DEFAULT_MAX_BYTES = 60_000;

const CHOSEN_BY_CLIENT = ["width", "height", "fit", "maxBytes"];

const options = z
  .strictObject({
    address: listenAt().describe("host and port to listen on"),
    protocol: oneOf("raw", "negotiated")
      .prefault("raw")
      .describe(
        "raw: JPEGs end to end; negotiated: each client asks for a size and rate, and gets a header before each JPEG",
      ),
    allow: allowOption("connect"),
    maxClients: integer(1, 10_000).prefault(100).describe("connection limit; one address may have half"),
    maxBytes: integer(0, MAX_FRAME_BYTES)
      .optional()
      .describe("raw: limit of a frame in bytes (60000), kept by lower quality, then smaller size; 0 for none"),
    ...variantOptions,
    quality: integer(1, 100).prefault(80).describe("JPEG quality"),
  })
  .superRefine((given, context) => {
    if (given.protocol === "raw") return;
    for (const name of CHOSEN_BY_CLIENT) {
      if ((given as Record<string, unknown>)[name] === undefined) continue;
      context.addIssue({ code: "custom", path: [name], message: "must be omitted with protocol=negotiated" });
    }
  });

type Options = z.output<typeof options>;

export interface TcpListenTimeouts extends HelloTimeouts {
  /** @default 5000 */
  readonly stuckMs?: number;
  /** @default 30000 */
  readonly drainTimeoutMs?: number;
}

/** Creates the output; tests shorten the timeouts. */
export function createTcpListen(times: TcpListenTimeouts = {}) {
  return defineOutput({
    summary: "JPEGs for TCP clients, end to end or as each client asks",
    address: "[HOST:]PORT",
    options,
    check: ({ address }) => checkTcpPort(address),
    async run(given, context) {
      const say = (text: string, leftOut: number) => context.note(withSuppressed(text, leftOut));
      const crowd = new Throttle(say, { everyMs: 60_000 });
      const refusals = new Throttle(say, { everyMs: 10_000 });
      const clients = new TcpClients({ ...times, max: given.maxClients, onRejected: (text) => crowd.put(text) });
      const admit = (socket: Socket, peer: string) => {
        const client = clients.admit(socket, peer, { isPending: given.protocol === "negotiated" });
        if (client === undefined) return;
        serve(client, given, context, times)
          .catch((error: unknown) => refusals.put(`Client rejected: ${peer}: ${(error as Error).message}`))
          .finally(() => socket.destroy());
      };
      const server = await listenTcp(given.address, admit, {
        allow: given.allow,
        onForbidden: (peer) => refusals.put(`Client rejected: ${peer}: its address is not in "allow"`),
      });
      context.note(`Listening on port ${server.port}`);
      await new Promise((resolve) => {
        context.signal.addEventListener("abort", resolve, { once: true });
        if (context.signal.aborted) resolve(undefined);
      });
      crowd.close();
      refusals.close();
      await server.close();
    },
  });
}

export const tcpListen = createTcpListen();

/** Throws in plain words why a client is not served. */
async function serve(client: TcpClient, given: Options, context: OutputContext, times: HelloTimeouts): Promise<void> {
  const { socket, writer, peer } = client;
  await setNotsentLowat(socket);
  let hello: Hello | undefined;
  if (given.protocol === "negotiated") {
    const reading = await receiveHello(socket, times);
    if (reading === undefined) return;
    if (reading.kind === "refused") throw new Error(`its hello is invalid: ${reading.reason}`);
    hello = reading.hello;
    client.isPending = false;
  }
  // Only a read shows the client's end.
  socket.resume();
  const forget = context.meter.peer(peer);
  try {
    const layOut = hello === undefined ? undefined : withHeader(hello);
    await sendFrames({ socket, writer, spec: specFor(given, hello), context, ...(layOut && { layOut }) });
  } finally {
    forget();
  }
}

function specFor({ maxBytes = DEFAULT_MAX_BYTES, ...given }: Options, hello: Hello | undefined): VariantSpec {
  const spec = variantSpecOf(given);
  if (hello === undefined) return maxBytes === 0 ? spec : { ...spec, maxBytes };
  const { width, height } = hello;
  return { ...spec, width, height, fit: "exact", fps: Math.min(hello.fps, given.fps ?? hello.fps) };
}

function withHeader({ layout, width, height }: Hello): (jpeg: Uint8Array) => Uint8Array {
  return (jpeg) => {
    const size = readHeader(jpeg) ?? { width, height };
    const header = packHeader(layout, { long: jpeg.length, width: size.width, height: size.height });
    return Buffer.concat([header, jpeg]);
  };
}
