import type { Output } from "../outputs/output.ts";
import { udpListen } from "./udp-listen.ts";

/** Every way by which messages come to a camera, by its name on the command line. It runs as an output does, and sends nothing. */
export const messageListeners: Readonly<Record<string, Output>> = { "udp-listen": udpListen };
