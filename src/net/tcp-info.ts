import type { Socket } from "node:net";

/** What a socket's other side has not taken yet. */
export interface Backlog {
  /** Bytes that were written to the socket and that the other side's system has not acknowledged. */
  readonly bytes: number;
  /** The shortest round trip there was, in milliseconds; 0 before the first. */
  readonly roundTripMs: number;
}

/** IPPROTO_TCP, and TCP_INFO of linux/tcp.h. */
const IPPROTO_TCP = 6;
const TCP_INFO = 11;

/** Where the fields of `struct tcp_info` (linux/tcp.h) begin. New ones are added at its end, and none ever moves. */
export const TCP_INFO_AT = {
  tcpi_bytes_acked: 120,
  tcpi_notsent_bytes: 144,
  tcpi_min_rtt: 148,
  tcpi_bytes_sent: 200,
  tcpi_bytes_retrans: 208,
} as const;

/** With all of them. */
const INFO_BYTES = 216;

/** What `tcpi_min_rtt` is before the first measurement: all ones. */
const NO_RTT = 0xffff_ffff;

/**
 * Loads what it takes to ask the system how much of a socket's bytes the other side has not acknowledged. Throws where it cannot be asked:
 * elsewhere than on Linux, and without the optional package koffi.
 */
export async function loadBacklogOf(): Promise<(socket: Socket) => Backlog> {
  if (process.platform !== "linux") throw new Error(`${process.platform} has no TCP_INFO`);
  const { default: koffi } = await import("koffi");
  const getsockopt = koffi.load(null).func("int getsockopt(int, int, int, _Out_ void *, _Inout_ uint32_t *)");
  const info = Buffer.alloc(INFO_BYTES);
  const length = [0];
  return (socket) => {
    // Neither the descriptor nor the length of the queue are part of Node's interface. `writableLength` will not do: a write
    // that the system has taken a part of still counts as a whole.
    const { fd, writeQueueSize: own = socket.writableLength } = (socket as { _handle?: Handle })._handle ?? {};
    if (typeof fd !== "number" || fd < 0) return { bytes: own, roundTripMs: 0 };
    length[0] = INFO_BYTES;
    // An older system fills less of it.
    info.fill(0);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, length) !== 0) return { bytes: own, roundTripMs: 0 };
    const roundTrip = info.readUInt32LE(TCP_INFO_AT.tcpi_min_rtt);
    return {
      bytes: own + unacknowledged(info),
      roundTripMs: roundTrip === NO_RTT ? 0 : roundTrip / 1000,
    };
  };
}

/** What a socket's handle has, while it is open. */
interface Handle {
  readonly fd?: number;
  readonly writeQueueSize?: number;
}

/** Bytes in the system that are not acknowledged, sent or not. */
function unacknowledged(info: Buffer): number {
  const sent = Number(
    info.readBigUInt64LE(TCP_INFO_AT.tcpi_bytes_sent) - info.readBigUInt64LE(TCP_INFO_AT.tcpi_bytes_retrans),
  );
  return (
    Math.max(0, sent - Number(info.readBigUInt64LE(TCP_INFO_AT.tcpi_bytes_acked))) +
    info.readUInt32LE(TCP_INFO_AT.tcpi_notsent_bytes)
  );
}
