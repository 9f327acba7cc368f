import type { Socket } from "node:net";
import { z } from "zod";
import { readHeader } from "../jpeg/read-header.ts";
import { MAX_FRAME_BYTES } from "../jpeg/split.ts";
import { addressRanges } from "../net/address-ranges.ts";
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

/** Most bytes of a picture of a raw stream: receivers of the wild call recv once for each, and larger ones arrive torn. */
const DEFAULT_MAX_BYTES = 60_000;

/** What each client of a negotiated stream chooses, or has no use for. */
const CHOSEN_BY_CLIENT = ["width", "height", "fit", "maxBytes"];

const options = z
  .strictObject({
    address: listenAt().describe("where to listen"),
    protocol: oneOf("raw", "negotiated")
      .prefault("raw")
      .describe(
        "raw: JPEGs laid end to end; negotiated: each client says how it wants them, and gets a header before each",
      ),
    allow: addressRanges()
      .optional()
      .describe("who may connect, such as 192.168.0.0/24,10.0.0.7; local networks by default, everybody with --public"),
    maxClients: integer(1, 10_000).prefault(100).describe("connections at a time, half of them of an address"),
    maxBytes: integer(0, MAX_FRAME_BYTES)
      .optional()
      .describe("raw: most bytes of a picture (60000), by less quality, then size; 0 for no limit"),
    ...variantOptions,
    quality: integer(1, 100).prefault(80).describe("JPEG quality"),
  })
  .superRefine((given, context) => {
    if (given.protocol === "raw") return;
    for (const name of CHOSEN_BY_CLIENT) {
      if ((given as Record<string, unknown>)[name] === undefined) continue;
      context.addIssue({ code: "custom", path: [name], message: "must be left out with protocol=negotiated" });
    }
  });

type Options = z.output<typeof options>;

export interface TcpListenTimeouts extends HelloTimeouts {
  /** @default 5000 */
  readonly stuckMs?: number;
  /** @default 30000 */
  readonly drainTimeoutMs?: number;
}

/** The output with its waiting times, which tests shorten. */
export function createTcpListen(times: TcpListenTimeouts = {}) {
  return defineOutput({
    summary: "JPEGs for whoever connects over TCP, laid end to end or as each client asks",
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
          .catch((error: unknown) => refusals.put(`${peer} was turned away: ${(error as Error).message}`))
          .finally(() => socket.destroy());
      };
      const server = await listenTcp(given.address, admit, {
        allow: given.allow,
        onForbidden: (peer) => refusals.put(`${peer} is not allowed to connect; see allow`),
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

/** Serves one client until it leaves. Throws why it is not served, in plain words. */
async function serve(client: TcpClient, given: Options, context: OutputContext, times: HelloTimeouts): Promise<void> {
  const { socket, writer, peer } = client;
  await setNotsentLowat(socket);
  let hello: Hello | undefined;
  if (given.protocol === "negotiated") {
    const reading = await receiveHello(socket, times);
    if (reading === undefined) return;
    if (reading.kind === "refused") throw new Error(`its hello cannot be read, since ${reading.reason}`);
    hello = reading.hello;
    client.isPending = false;
  }
  // Nothing it says is of use; but its end is only seen by who reads.
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

/** Header and picture in one piece, so that both go out by one write. */
function withHeader({ layout, width, height }: Hello): (jpeg: Uint8Array) => Uint8Array {
  return (jpeg) => {
    const size = readHeader(jpeg) ?? { width, height };
    const header = packHeader(layout, { long: jpeg.length, width: size.width, height: size.height });
    return Buffer.concat([header, jpeg]);
  };
}
