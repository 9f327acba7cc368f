import type { Output } from "../outputs/output.ts";
import { udpListen } from "./udp-listen.ts";

/**
 * Every listener for messages by its name on the command line. It runs as an output
 * that sends nothing.
 */
export const messageListeners: Readonly<Record<string, Output>> = { "udp-listen": udpListen };
