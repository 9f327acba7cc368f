import type { Socket } from "node:net";

/**
 * Without it, the kernel queue of a slow viewer holds megabytes of old frames. Measured 2026-11-20,
 * 30 fps of 100 KB to a link of 200 KB/s: frames are 1.4 s late against 18 s; fast viewers lose
 * nothing.
 */
const LOWAT_BYTES = 16 * 1024;

/** RFC 9293 is protocol 6. */
const IPPROTO_TCP = 6;

/** linux/tcp.h, and netinet/tcp.h of macOS (xnu). */
const TCP_NOTSENT_LOWAT: Partial<Record<NodeJS.Platform, number>> = { linux: 25, darwin: 0x201 };

/** Returns a setter; throws if the system or koffi lacks it. */
export async function loadNotsentLowat(): Promise<(socket: Socket) => void> {
  const option = TCP_NOTSENT_LOWAT[process.platform];
  if (option === undefined) throw new Error(`${process.platform} has no TCP_NOTSENT_LOWAT`);
  const { default: koffi } = await import("koffi");
  const setsockopt = koffi.load(null).func("int setsockopt(int, int, int, const void *, unsigned int)");
  const value = Buffer.alloc(4);
  value.writeInt32LE(LOWAT_BYTES);
  return (socket) => {
    // Node does not document the descriptor.
    const fd = (socket as { _handle?: { fd?: number } })._handle?.fd;
    if (typeof fd === "number" && fd >= 0) setsockopt(fd, IPPROTO_TCP, option, value, value.length);
  };
}

let loaded: Promise<(socket: Socket) => void> | undefined;

/** Sets it if possible; the server logs at start if not. */
export async function setNotsentLowat(socket: Socket): Promise<void> {
  loaded ??= loadNotsentLowat().catch(() => () => {});
  (await loaded)(socket);
}
