import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import proxyAddr from "proxy-addr";
import { LOCAL_NETWORKS } from "../../net/address-ranges.ts";
import { unmappedAddress } from "../../net/ip-address.ts";
import type { TrustedProxies } from "../../net/trusted-proxies.ts";
import { type ProxyHints, showsProxy } from "./proxy-signs.ts";

/** Whoever asks over HTTP. */
export interface Client {
  /** The address the request comes from, as far as it is known: behind a trusted proxy the one the proxy says. */
  readonly address: string;
  /** Whether that is surely of this machine or of a local network. */
  readonly isLocal: boolean;
  /** Whether the request came through a proxy that is not trusted, or that does not say from whom. */
  readonly isHidden: boolean;
  /** Whether the peer is a proxy that is trusted, if it is a proxy. */
  readonly isPeerTrusted: boolean;
  /** What the client calls this server: `Host`, and behind a trusted proxy also what that says. Empty without any. */
  readonly hosts: readonly string[];
  /** Whether the client speaks TLS, as far as that is known: undefined where a proxy may. */
  readonly isSecure: boolean | undefined;
}

/** What a request says of where it comes from. */
export interface ConnectionInfo extends ProxyHints {
  /** The socket's other side. */
  readonly peer: string | undefined;
  /** Our side of it. @default not known */
  readonly localAddress?: string | undefined;
}

/** Reads that of a request. */
export function connectionInfoOf({ socket, headers, httpVersion: version = "1.1" }: AskedRequest): ConnectionInfo {
  const { remoteAddress: peer, localAddress } = socket;
  const isSecure = "encrypted" in socket && socket.encrypted === true;
  return { peer, localAddress, headers, isSecure, version };
}

type AskedRequest = Pick<IncomingMessage, "socket" | "headers"> & { readonly httpVersion?: string };

/**
 * Finds who asks. Where several headers tell of those behind a proxy, all of them have to say "local", since a proxy
 * that writes one of them passes on what the client wrote into the others. What an untrusted peer says counts only as
 * its word that the request is from elsewhere.
 */
export function clientOf(asking: ConnectionInfo, trust: TrustedProxies): Client {
  const { peer = "", headers, isSecure = false } = asking;
  const isPeerTrusted = trust(peer, 0);
  const hosts = [headers.host, ...(isPeerTrusted ? forwardedHosts(headers) : [])].filter((host) => Boolean(host));
  const known = { isPeerTrusted, hosts: hosts as string[], isSecure: isSecure || undefined };
  const claims = claimsOf(headers);
  if (claims.length === 0 || !isPeerTrusted) {
    const isHidden = showsProxy(asking);
    return { ...known, address: unmappedAddress(peer), isLocal: !isHidden && LOCAL_NETWORKS.includes(peer), isHidden };
  }
  const addresses = claims.map((claim) => addressBehindProxies(peer, claim, trust));
  return {
    ...known,
    isSecure: forwardedSecure(headers) ?? known.isSecure,
    address: commonAddress(addresses),
    isLocal: addresses.every((address) => LOCAL_NETWORKS.includes(address)),
    isHidden: false,
  };
}

/** The address alone, as a visitor's: for who has no time for more. */
export function clientAddress({ peer = "", headers }: ConnectionInfo, trust: TrustedProxies): string {
  const claims = claimsOf(headers);
  if (claims.length === 0 || !trust(peer, 0)) return unmappedAddress(peer);
  return commonAddress(claims.map((claim) => addressBehindProxies(peer, claim, trust)));
}

/**
 * The address that several headers agree on. Else a client wrote one of them, in which it may say what it likes: by another
 * address each time it would pass every limit.
 */
function commonAddress([first, ...others]: readonly string[]): string {
  return first !== undefined && others.every((other) => other === first) ? first : UNKNOWN;
}

const UNKNOWN = "unknown";

const clients = new WeakMap<object, Client>();

/** Notes who asks, once it is known. */
export function noteClient(request: object, visitor: Client): void {
  clients.set(request, visitor);
}

/** Who asks; undefined before it was found out. */
export function notedClient(request: object): Client | undefined {
  return clients.get(request);
}

/**
 * Returns address and port of the client, as `192.168.0.7:51234` or `[fe80::1]:51234`. Behind a
 * trusted proxy it is the address alone, since proxies do not tell the port.
 */
export function addressOf(request: Pick<IncomingMessage, "socket">): string {
  const { remoteAddress = "unknown", remotePort = 0 } = request.socket;
  const host = unmappedAddress(remoteAddress);
  const { address = host } = notedClient(request) ?? {};
  if (address !== host) return address;
  return host.includes(":") ? `[${host}]:${remotePort}` : `${host}:${remotePort}`;
}

/** Behind trusted proxies the address nearest to us that is not one of theirs. */
function addressBehindProxies(peer: string, claim: readonly string[], trust: TrustedProxies): string {
  // Behind the peer, which is trusted, is but one.
  if (claim.length === 1) return unmappedAddress(claim[0] as string);
  const request = { headers: { "x-forwarded-for": claim.join(",") }, socket: { remoteAddress: peer } };
  return unmappedAddress(proxyAddr(request as unknown as IncomingMessage, trust));
}

/** What each header says, from the client to the last proxy. One that can be had from the others is left out. */
function claimsOf(headers: ConnectionInfo["headers"]): string[][] {
  const forwardedFor = headers["x-forwarded-for"];
  const { forwarded } = headers;
  const realIp = headers["x-real-ip"];
  const claims: string[][] = [];
  if (forwardedFor !== undefined) claims.push(String(forwardedFor).split(",").map(addressIn));
  if (forwarded !== undefined) claims.push(readForwarded(forwarded));
  const real = realIp === undefined ? undefined : addressIn(String(realIp));
  // The proxy nearest to us writes its own peer there, which is in the others too.
  if (real !== undefined && !claims.some((claim) => claim.includes(real))) claims.push([real]);
  return claims;
}

/** The `for=` of each element (RFC 7239, 4); an element without is somebody unknown. */
function readForwarded(header: string): string[] {
  return header.split(",").map((element) => addressIn(parameterOf(element, FOR) ?? ""));
}

function forwardedHosts(headers: ConnectionInfo["headers"]): string[] {
  const [list = "", forwarded = ""] = [headers["x-forwarded-host"], headers.forwarded].map((value) =>
    String(value ?? ""),
  );
  const told = forwarded.split(",").map((element) => parameterOf(element, HOST) ?? "");
  return [...list.split(","), ...told].map((host) => host.trim()).filter((host) => host !== "");
}

/** What the proxy nearest to the client says, which comes first. */
function forwardedSecure(headers: ConnectionInfo["headers"]): boolean | undefined {
  const [first = ""] = String(headers["x-forwarded-proto"] ?? "").split(",");
  const [element = ""] = (headers.forwarded ?? "").split(",");
  const scheme = (first.trim() || parameterOf(element, PROTO) || "").toLowerCase();
  return scheme === "https" || scheme === "wss" ? true : scheme === "http" || scheme === "ws" ? false : undefined;
}

const FOR = /(?:^|;)\s*for\s*=\s*(?:"([^"]*)"|([^;\s"]*))/i;
const HOST = /(?:^|;)\s*host\s*=\s*(?:"([^"]*)"|([^;\s"]*))/i;
const PROTO = /(?:^|;)\s*proto\s*=\s*(?:"([^"]*)"|([^;\s"]*))/i;

function parameterOf(element: string, pattern: RegExp): string | undefined {
  const [, quoted, token] = pattern.exec(element) ?? [];
  return quoted ?? token;
}

/** An address, without the port that some proxies add (RFC 7239, 6); anything else is `unknown`. */
function addressIn(text: string): string {
  const trimmed = text.trim();
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d+)?$/.exec(trimmed) ?? [];
  const address = bracketed ?? dotted ?? trimmed;
  return isIP(address) === 0 ? UNKNOWN : address;
}
