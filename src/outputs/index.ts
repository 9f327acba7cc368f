import type { Output } from "./output.ts";

/** Every output by its name on the command line. */
export const outputs: Readonly<Record<string, Output>> = {};
