import type { IncomingMessage } from "node:http";
import { TRUST_NOBODY, type Trust } from "../core/trust.ts";
import { HttpError } from "./errors.ts";
import { isOwnHost } from "./host-names.ts";
import { quoted } from "./request.ts";
import { type Asking, noteVisitor, type Visitor, visitorOf } from "./visitor.ts";

/** Who is let in. */
export interface GateRules {
  /** Everybody, not local networks alone. @default false */
  readonly isPublic?: boolean;
  /** Proxies that are believed about who asks. @default nobody */
  readonly trust?: Trust;
  /** Names of this server besides those that only local networks have, in small letters. @default none */
  readonly hostNames?: readonly string[];
}

/** What `app` and WebSockets let in, decided in this one place. */
export class Gate {
  readonly #rules: GateRules;

  constructor(rules: GateRules = {}) {
    this.#rules = rules;
  }

  get trust(): Trust {
    return this.#rules.trust ?? TRUST_NOBODY;
  }

  /** Notes who asks. Throws an HttpError for a request that is not to be answered. */
  admit(request: Pick<IncomingMessage, "socket" | "headers">): void {
    const { socket, headers } = request;
    const { visitor, refusal } = judge({ peer: socket.remoteAddress, headers }, this.#rules);
    if (refusal !== undefined) throw new HttpError(403, refusal);
    noteVisitor(request, visitor);
  }
}

/** Who asks, and in one sentence why not, and what to do about it, where the request is refused. */
export function judge(asking: Asking, rules: GateRules): { visitor: Visitor; refusal?: string } {
  const visitor = visitorOf(asking, rules.trust ?? TRUST_NOBODY);
  const refusal = refusalOf(visitor, asking.headers.host ?? "", rules);
  return refusal === undefined ? { visitor } : { visitor, refusal };
}

function refusalOf({ address, isLocal, isHidden }: Visitor, host: string, rules: GateRules): string | undefined {
  if (rules.isPublic !== true && isHidden) {
    return `This request came through a proxy at ${address} that is not trusted to say who asks: name it with --trust-proxy, such as --trust-proxy loopback for one on this machine, or let everybody in with --public.`;
  }
  if (rules.isPublic !== true && !isLocal) {
    return `Only local networks are let in, and ${address} is on none: let everybody in with --public.`;
  }
  // Without it, as in HTTP/1.0: browsers always send it.
  if (host !== "" && !isOwnHost(host, rules.hostNames ?? [])) {
    return `${quoted(host)} is not known as a name of this server, and a stranger's could lead a browser here too: add it with --allow-host.`;
  }
  return undefined;
}
