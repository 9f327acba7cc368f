import type { Socket } from "node:net";
import type { LinkState } from "../abr/link-estimator.ts";

/** IPPROTO_TCP, and TCP_INFO of linux/tcp.h. */
const IPPROTO_TCP = 6;
const TCP_INFO = 11;

/** Where the fields of `struct tcp_info` (linux/tcp.h) begin. New ones are added at its end, and none ever moves. */
export const TCP_INFO_AT = {
  tcpi_snd_mss: 16,
  tcpi_bytes_acked: 120,
  tcpi_notsent_bytes: 144,
  tcpi_min_rtt: 148,
  tcpi_bytes_sent: 200,
  tcpi_bytes_retrans: 208,
  tcpi_snd_wnd: 228,
} as const;

/** With all of them; a system before Linux 5.4 has not the last. */
const INFO_BYTES = 232;

/** What `tcpi_min_rtt` is before the first measurement: all ones. */
const NO_RTT = 0xffff_ffff;

/**
 * Loads what it takes to ask the system how a socket's link stands. Throws where it cannot be asked:
 * elsewhere than on Linux, and without the optional package koffi.
 */
export async function loadTcpInfo(): Promise<(socket: Socket) => LinkState> {
  if (process.platform !== "linux") throw new Error(`${process.platform} has no TCP_INFO`);
  const { default: koffi } = await import("koffi");
  const getsockopt = koffi.load(null).func("int getsockopt(int, int, int, _Out_ void *, _Inout_ uint32_t *)");
  const info = Buffer.alloc(INFO_BYTES);
  return (socket) => {
    // Neither the descriptor nor the length of the queue are part of Node's interface. `writableLength` will not do: a write
    // that the system has taken a part of still counts as a whole.
    const { fd, writeQueueSize: own = socket.writableLength } = (socket as { _handle?: Handle })._handle ?? {};
    const length = [INFO_BYTES];
    if (typeof fd !== "number" || fd < 0 || getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, length) !== 0) {
      return { queued: own, inFlight: 0, rttMs: 0 };
    }
    const roundTrip = info.readUInt32LE(TCP_INFO_AT.tcpi_min_rtt);
    return {
      queued: own + info.readUInt32LE(TCP_INFO_AT.tcpi_notsent_bytes),
      inFlight: inFlight(info),
      rttMs: roundTrip === NO_RTT ? 0 : roundTrip / 1000,
      segment: info.readUInt32LE(TCP_INFO_AT.tcpi_snd_mss),
      window: (length[0] as number) < INFO_BYTES ? undefined : info.readUInt32LE(TCP_INFO_AT.tcpi_snd_wnd),
    };
  };
}

/** What a socket's handle has, while it is open. */
interface Handle {
  readonly fd?: number;
  readonly writeQueueSize?: number;
}

/** Bytes that were sent and not acknowledged. */
function inFlight(info: Buffer): number {
  const sent = info.readBigUInt64LE(TCP_INFO_AT.tcpi_bytes_sent);
  const repeated = info.readBigUInt64LE(TCP_INFO_AT.tcpi_bytes_retrans);
  return Math.max(0, Number(sent - repeated - info.readBigUInt64LE(TCP_INFO_AT.tcpi_bytes_acked)));
}
