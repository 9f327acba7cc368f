import type { Output } from "./output.ts";
import { udpSend } from "./udp-send.ts";

/** Every output by its name on the command line. */
export const outputs: Readonly<Record<string, Output>> = { "udp-send": udpSend };
