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

export interface GateOptions {
  /** @default false: only local networks */
  readonly isPublic?: boolean;
  /** @default none */
  readonly trust?: TrustedProxies;
  /** In lower case, beyond local ones. @default none */
  readonly hostNames?: readonly string[];
  /** Then network and host name do not matter. @default false */
  readonly hasPassword?: boolean;
}

/** Admits and authenticates every HTTP request and WebSocket. */
export class Gate {
  /** Ends streams and WebSockets with their authorization. */
  readonly heldConnections: HeldConnections;
  readonly #options: GateOptions;
  readonly #authenticator: Authenticator | undefined;

  /** With an authenticator, the network no longer decides. */
  constructor(options: GateOptions = {}, authenticator?: Authenticator) {
    this.#options = { ...options, hasPassword: authenticator !== undefined };
    this.#authenticator = authenticator;
    this.heldConnections = new HeldConnections(() => this.now());
  }

  /** Epoch milliseconds; decides when tokens end. */
  now(): number {
    return this.#authenticator?.clock.now() ?? Date.now();
  }

  get hasPassword(): boolean {
    return this.#authenticator !== undefined;
  }

  get trust(): TrustedProxies {
    return this.#options.trust ?? TRUST_NO_PROXY;
  }

  /** Notes the client. @throws HttpError 403 for a client or host name that is not allowed. */
  admit(request: GateRequest & { readonly httpVersion?: string }): void {
    const { client, refusal } = checkClient(connectionInfoOf(request), this.#options);
    if (refusal !== undefined) throw new HttpError(403, refusal);
    noteClient(request, client);
  }

  /** @throws HttpError 401 or 429. */
  async authenticate(request: GateRequest, trustsBrowser = true): Promise<Authorization> {
    const { address = "unknown" } = notedClient(request) ?? {};
    let access: Authorization;
    let generation: number;
    do {
      generation = this.heldConnections.generation;
      access = (await this.#authenticator?.authenticate(request, address, trustsBrowser)) ?? { isOpen: true };
      // The key changed while the old one was in use.
    } while (generation !== this.heldConnections.generation);
    noteAuthorization(request, access);
    return access;
  }

  /** @throws HttpError 409 on a server without a password. */
  async makeToken(grant: Grant): Promise<string> {
    if (this.#authenticator !== undefined) return await this.#authenticator.makeToken(grant);
    throw new HttpError(409, "Token not created: this server has no password, so links work without one.");
  }
}

type GateRequest = Pick<IncomingMessage, "socket" | "headers" | "url">;

/** Describes the client, and says why it is refused, if it is. */
export function checkClient(info: ConnectionInfo, options: GateOptions): { client: Client; refusal?: string } {
  const client = clientOf(info, options.trust ?? TRUST_NO_PROXY);
  const refusal = options.hasPassword === true ? undefined : refusalOf(client, info.localAddress, options);
  return refusal === undefined ? { client } : { client, refusal };
}

function refusalOf(client: Client, localAddress: string | undefined, options: GateOptions): string | undefined {
  const { address, hosts } = client;
  const { isPublic = false, hostNames = [] } = options;
  if (!isPublic && client.isHidden) {
    return client.isPeerTrusted
      ? `Request refused: the proxy at ${address} does not send the client's address. Configure it to send X-Forwarded-For, set a password with --auth, or allow everyone with --public.`
      : `Request refused: the proxy at ${address} is not trusted. Trust it with --trust-proxy (--trust-proxy loopback if it is on this machine), set a password with --auth, or allow everyone with --public.`;
  }
  if (!isPublic && !client.isLocal) {
    return `Request refused: ${address} is not on a local network. Set a password with --auth, or allow everyone with --public.`;
  }
  // Programs may omit the host in HTTP/1.0; browsers always send it.
  const foreign = hosts.find((host) => !isOwnHost(host, { names: hostNames, localAddress }));
  // No page has an address for a name: something forwards to us, which --public allows.
  if (foreign === undefined || (isPublic && isAddress(foreign))) return undefined;
  return isAddress(foreign)
    ? `Request refused: ${quoted(foreign)} is not an address of this machine, so the request was forwarded. Add it with --allow-host, set a password with --auth, or allow everyone with --public.`
    : `Request refused: ${quoted(foreign)} is not a known name of this server. Add it with --allow-host.`;
}
