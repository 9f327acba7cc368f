import { drivers } from "./drivers/index.ts";
import { messageListeners } from "./messages/index.ts";
import { outputs } from "./outputs/index.ts";

/** All that can be configured, by its name on the command line: what validation, `--help` and the docs are made from. */
export const kinds = { drivers, outputs, messages: messageListeners } as const;
