import type { Socket } from "node:net";

/**
 * How much unsent data the system keeps for a socket, in bytes.
 *
 * Without a limit a slow viewer's kernel queue holds megabytes of old pictures: at 200 KB/s pictures were 18 s late,
 * with it 1.4 s, at no cost in throughput to fast ones (measured 2026-11-20, 30 fps of 100 KB).
 */
const LOWAT_BYTES = 16 * 1024;

/** IPPROTO_TCP, everywhere (RFC 9293 is protocol 6). */
const IPPROTO_TCP = 6;

/** TCP_NOTSENT_LOWAT: linux/tcp.h, and netinet/tcp.h of macOS (xnu). */
const TCP_NOTSENT_LOWAT: Partial<Record<NodeJS.Platform, number>> = { linux: 25, darwin: 0x201 };

/**
 * Loads what it takes to set `TCP_NOTSENT_LOWAT`, for which Node has no call, and gives a function that sets it on a
 * socket. Throws when the system or the optional package koffi lacks it.
 */
export async function loadNotsentLowat(): Promise<(socket: Socket) => void> {
  const option = TCP_NOTSENT_LOWAT[process.platform];
  if (option === undefined) throw new Error(`${process.platform} has no TCP_NOTSENT_LOWAT`);
  const { default: koffi } = await import("koffi");
  const setsockopt = koffi.load(null).func("int setsockopt(int, int, int, const void *, unsigned int)");
  const value = Buffer.alloc(4);
  value.writeInt32LE(LOWAT_BYTES);
  return (socket) => {
    // The descriptor is not part of Node's interface; a socket that has none is left as it is.
    const fd = (socket as { _handle?: { fd?: number } })._handle?.fd;
    if (typeof fd === "number" && fd >= 0) setsockopt(fd, IPPROTO_TCP, option, value, value.length);
  };
}

let loaded: Promise<(socket: Socket) => void> | undefined;

/** Sets `TCP_NOTSENT_LOWAT` on a socket where that can be done; the server says once at start where it cannot. */
export async function setNotsentLowat(socket: Socket): Promise<void> {
  loaded ??= loadNotsentLowat().catch(() => () => {});
  (await loaded)(socket);
}
