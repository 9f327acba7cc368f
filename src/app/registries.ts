import { drivers } from "../drivers/registry.ts";
import { messageListeners } from "../messages/registry.ts";
import { outputs } from "../outputs/registry.ts";

/** All that can be configured, by name. */
export const registries = { drivers, outputs, messages: messageListeners } as const;
