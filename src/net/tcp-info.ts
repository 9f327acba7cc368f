import type { Socket } from "node:net";
import type { LinkState } from "../abr/link-estimator.ts";

/** linux/tcp.h. */
const IPPROTO_TCP = 6;
const TCP_INFO = 11;

/** In `struct tcp_info` (linux/tcp.h): none ever moves. */
export const TCP_INFO_AT = {
  tcpi_snd_mss: 16,
  tcpi_bytes_acked: 120,
  tcpi_notsent_bytes: 144,
  tcpi_min_rtt: 148,
  tcpi_bytes_sent: 200,
  tcpi_bytes_retrans: 208,
  tcpi_snd_wnd: 228,
} as const;

/** Before Linux 5.4 the last field is missing. */
const INFO_BYTES = 232;

/** Before the first measurement. */
const NO_RTT = 0xffff_ffff;

/** Throws except on Linux with koffi. */
export async function loadTcpInfo(): Promise<(socket: Socket) => LinkState> {
  if (process.platform !== "linux") throw new Error(`${process.platform} has no TCP_INFO`);
  const { default: koffi } = await import("koffi");
  const getsockopt = koffi.load(null).func("int getsockopt(int, int, int, _Out_ void *, _Inout_ uint32_t *)");
  const info = Buffer.alloc(INFO_BYTES);
  return (socket) => {
    // Node documents neither. `writableLength` counts a partly taken write as a whole.
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

interface Handle {
  readonly fd?: number;
  readonly writeQueueSize?: number;
}

function inFlight(info: Buffer): number {
  const sent = info.readBigUInt64LE(TCP_INFO_AT.tcpi_bytes_sent);
  const repeated = info.readBigUInt64LE(TCP_INFO_AT.tcpi_bytes_retrans);
  return Math.max(0, Number(sent - repeated - info.readBigUInt64LE(TCP_INFO_AT.tcpi_bytes_acked)));
}
