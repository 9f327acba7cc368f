import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { TestContext } from "node:test";

/** Opens a UDP socket on a free port of 127.0.0.1; closes it when the test ends. */
export async function udpSocket(t: TestContext): Promise<Socket & { readonly port: number }> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => closeQuietly(socket));
  return Object.assign(socket, { port: socket.address().port });
}

/** Returns a UDP port of 127.0.0.1 that nothing listens on. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

/** A relay between senders and a receiver on 127.0.0.1 that loses datagrams in both directions. */
export interface LossyRelay {
  /** The port for senders. */
  readonly port: number;
  /** How many datagrams it lost. */
  readonly lost: number;
}

/**
 * Relays to `port` until the test ends. Loses the share `loss` of all datagrams, chosen by a
 * generator of that seed.
 */
export async function lossyRelay(t: TestContext, port: number, loss: number, seed: number): Promise<LossyRelay> {
  const random = generator(seed);
  const front = await udpSocket(t);
  front.setRecvBufferSize(1024 * 1024);
  const backs = new Map<number, Socket>();
  let lost = 0;
  const pass = (from: Socket, datagram: Buffer, to: number) => {
    if (random() < loss) lost++;
    else from.send(datagram, to, "127.0.0.1", () => {});
  };
  front.on("message", (datagram, sender) => {
    let back = backs.get(sender.port);
    if (back === undefined) {
      // Each sender has its own port on the other side too.
      back = createSocket("udp4");
      back.on("message", (answer) => pass(front, answer, sender.port));
      backs.set(sender.port, back);
    }
    pass(back, datagram, port);
  });
  t.after(() => {
    for (const back of backs.values()) back.close();
  });
  return {
    port: front.port,
    get lost() {
      return lost;
    },
  };
}

function closeQuietly(socket: Socket): void {
  try {
    socket.close();
  } catch {
    // The test closed it.
  }
}

/** Returns a generator of numbers from 0 to 1, the same for the same seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
