import type { Output } from "./output.ts";
import { tcpConnect } from "./tcp-connect.ts";
import { tcpListen } from "./tcp-listen.ts";
import { udpSend } from "./udp-send.ts";

export const outputs: Readonly<Record<string, Output>> = {
  "tcp-connect": tcpConnect,
  "tcp-listen": tcpListen,
  "udp-send": udpSend,
};
