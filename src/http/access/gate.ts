import type { IncomingMessage } from "node:http";
import type { Grant } from "../../auth/tokens.ts";
import { TRUST_NO_PROXY, type TrustedProxies } from "../../net/trusted-proxies.ts";
import { HttpError } from "../shared/http-error.ts";
import { quoted } from "../shared/request.ts";
import type { Authenticator } from "./authenticator.ts";
import { type Authorization, noteAuthorization } from "./authorization.ts";
import {
  type Client,
  type ConnectionInfo,
  clientOf,
  connectionInfoOf,
  noteClient,
  notedClient,
} from "./client-address.ts";
import { HeldConnections } from "./held-connections.ts";
import { isAddress, isOwnHost } from "./host-names.ts";

/** Who is let in. */
export interface GateOptions {
  /** Everybody, not local networks alone. @default false */
  readonly isPublic?: boolean;
  /** Proxies that are believed about who asks. @default nobody */
  readonly trust?: TrustedProxies;
  /** Names and addresses of this server besides those that only local networks have, in small letters. @default none */
  readonly hostNames?: readonly string[];
  /** Whether a password, or a token, is asked for: then neither the place nor the name matters. @default false */
  readonly hasPassword?: boolean;
}

/** What the app and WebSockets let in, decided in this one place. */
export class Gate {
  /** What lasts while a visitor may have it. */
  readonly heldConnections: HeldConnections;
  readonly #rules: GateOptions;
  readonly #authenticator: Authenticator | undefined;

  /** With an authenticator, a password or a token is what lets in, and no longer where somebody is. */
  constructor(rules: GateOptions = {}, authenticator?: Authenticator) {
    this.#rules = { ...rules, hasPassword: authenticator !== undefined };
    this.#authenticator = authenticator;
    this.heldConnections = new HeldConnections(() => this.now());
  }

  /** The time by which tokens end, in milliseconds since the epoch. */
  now(): number {
    return this.#authenticator?.clock.now() ?? Date.now();
  }

  /** Whether a password, or a token, is asked for. */
  get hasPassword(): boolean {
    return this.#authenticator !== undefined;
  }

  get trust(): TrustedProxies {
    return this.#rules.trust ?? TRUST_NO_PROXY;
  }

  /** Notes who asks. Throws an HttpError for a request that is not to be answered. */
  admit(request: Asked & { readonly httpVersion?: string }): void {
    const { visitor, refusal } = checkClient(connectionInfoOf(request), this.#rules);
    if (refusal !== undefined) throw new HttpError(403, refusal);
    noteClient(request, visitor);
  }

  /** Notes what an admitted visitor may do, and gives it. Throws an HttpError where that is nothing. */
  async authenticate(request: Asked, trustsBrowser = true): Promise<Authorization> {
    const { address = "unknown" } = notedClient(request) ?? {};
    let access: Authorization;
    let generation: number;
    do {
      generation = this.heldConnections.generation;
      access = (await this.#authenticator?.authenticate(request, address, trustsBrowser)) ?? { isOpen: true };
      // The key was changed while this one was looked at by the old one.
    } while (generation !== this.heldConnections.generation);
    noteAuthorization(request, access);
    return access;
  }

  /** Throws an HttpError 409 where no password is asked for. */
  async makeToken(grant: Grant): Promise<string> {
    if (this.#authenticator !== undefined) return await this.#authenticator.makeToken(grant);
    throw new HttpError(409, "Token not created: this server has no password, so links work without one.");
  }
}

type Asked = Pick<IncomingMessage, "socket" | "headers" | "url">;

/** Who asks, and in one sentence why not, and what to do about it, where the request is refused. */
export function checkClient(asking: ConnectionInfo, rules: GateOptions): { visitor: Client; refusal?: string } {
  const visitor = clientOf(asking, rules.trust ?? TRUST_NO_PROXY);
  const refusal = rules.hasPassword === true ? undefined : refusalOf(visitor, asking.localAddress, rules);
  return refusal === undefined ? { visitor } : { visitor, refusal };
}

function refusalOf(visitor: Client, localAddress: string | undefined, rules: GateOptions): string | undefined {
  const { address, hosts } = visitor;
  const { isPublic = false, hostNames = [] } = rules;
  if (!isPublic && visitor.isHidden) {
    return visitor.isPeerTrusted
      ? `Request refused: the proxy at ${address} does not send the client's address. Configure it to send X-Forwarded-For, set a password with --auth, or allow everyone with --public.`
      : `Request refused: the proxy at ${address} is not trusted. Trust it with --trust-proxy (--trust-proxy loopback if it is on this machine), set a password with --auth, or allow everyone with --public.`;
  }
  if (!isPublic && !visitor.isLocal) {
    return `Request refused: ${address} is not on a local network. Set a password with --auth, or allow everyone with --public.`;
  }
  // Without one, as programs may ask by HTTP/1.0: browsers always send it.
  const foreign = hosts.find((host) => !isOwnHost(host, { names: hostNames, localAddress }));
  // No stranger's page can have an address for its name: it says that something forwards to us, which --public allows.
  if (foreign === undefined || (isPublic && isAddress(foreign))) return undefined;
  return isAddress(foreign)
    ? `Request refused: ${quoted(foreign)} is not an address of this machine, so the request was forwarded. Add it with --allow-host, set a password with --auth, or allow everyone with --public.`
    : `Request refused: ${quoted(foreign)} is not a known name of this server. Add it with --allow-host.`;
}
