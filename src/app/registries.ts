import { drivers } from "../drivers/registry.ts";
import { messageListeners } from "../messages/registry.ts";
import { outputs } from "../outputs/registry.ts";

/**
 * All that can be configured, by its name on the command line: what validation, `--help` and the
 * docs are made from.
 */
export const registries = { drivers, outputs, messages: messageListeners } as const;
