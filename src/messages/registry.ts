import type { Output } from "../outputs/output.ts";
import { udpListen } from "./udp-listen.ts";

/** A listener runs as an output that sends nothing. */
export const messageListeners: Readonly<Record<string, Output>> = { "udp-listen": udpListen };
