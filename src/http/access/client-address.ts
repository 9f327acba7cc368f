import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import proxyAddr from "proxy-addr";
import { LOCAL_NETWORKS } from "../../net/address-ranges.ts";
import { unmappedAddress } from "../../net/ip-address.ts";
import type { TrustedProxies } from "../../net/trusted-proxies.ts";
import { type ProxyHints, showsProxy } from "./proxy-hints.ts";

export interface Client {
  /** Behind a trusted proxy, the address that it reports. */
  readonly address: string;
  /** False if that is not sure. */
  readonly isLocal: boolean;
  /** An untrusted proxy is between, or one that does not report the client. */
  readonly isHidden: boolean;
  readonly isPeerTrusted: boolean;
  /** The names the client used for this server: `Host`, and a trusted proxy's. */
  readonly hosts: readonly string[];
  /** Undefined if a proxy may speak TLS to the client. */
  readonly isSecure: boolean | undefined;
}

export interface ConnectionInfo extends ProxyHints {
  readonly peer: string | undefined;
  readonly localAddress?: string | undefined;
}

export function connectionInfoOf({ socket, headers, httpVersion: version = "1.1" }: InfoRequest): ConnectionInfo {
  const { remoteAddress: peer, localAddress } = socket;
  const isSecure = "encrypted" in socket && socket.encrypted === true;
  return { peer, localAddress, headers, isSecure, version };
}

type InfoRequest = Pick<IncomingMessage, "socket" | "headers"> & { readonly httpVersion?: string };

/**
 * Describes the client of a request. If several headers report it, all must be local: a proxy
 * passes on those it does not write. Headers of an untrusted peer only show a proxy.
 */
export function clientOf(info: ConnectionInfo, trust: TrustedProxies): Client {
  const { peer = "", headers, isSecure = false } = info;
  const isPeerTrusted = trust(peer, 0);
  const hosts = [headers.host, ...(isPeerTrusted ? forwardedHosts(headers) : [])].filter((host) => Boolean(host));
  const known = { isPeerTrusted, hosts: hosts as string[], isSecure: isSecure || undefined };
  const claims = claimsOf(headers);
  if (claims.length === 0 || !isPeerTrusted) {
    const isHidden = showsProxy(info);
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

/** Returns the address alone, for rate limits, which run at each request. */
export function clientAddress({ peer = "", headers }: ConnectionInfo, trust: TrustedProxies): string {
  const claims = claimsOf(headers);
  if (claims.length === 0 || !trust(peer, 0)) return unmappedAddress(peer);
  return commonAddress(claims.map((claim) => addressBehindProxies(peer, claim, trust)));
}

/** Differing headers are forged, and could pass every limit. */
function commonAddress([first, ...others]: readonly string[]): string {
  return first !== undefined && others.every((other) => other === first) ? first : UNKNOWN;
}

const UNKNOWN = "unknown";

const clients = new WeakMap<object, Client>();

export function noteClient(request: object, client: Client): void {
  clients.set(request, client);
}

/** Undefined before it was noted. */
export function notedClient(request: object): Client | undefined {
  return clients.get(request);
}

export function addressOf(request: Pick<IncomingMessage, "socket">): string {
  const { remoteAddress = "unknown", remotePort = 0 } = request.socket;
  const host = unmappedAddress(remoteAddress);
  const { address = host } = notedClient(request) ?? {};
  if (address !== host) return address;
  return host.includes(":") ? `[${host}]:${remotePort}` : `${host}:${remotePort}`;
}

function addressBehindProxies(peer: string, claim: readonly string[], trust: TrustedProxies): string {
  // Behind the peer, which is trusted, there is only one.
  if (claim.length === 1) return unmappedAddress(claim[0] as string);
  const request = { headers: { "x-forwarded-for": claim.join(",") }, socket: { remoteAddress: peer } };
  return unmappedAddress(proxyAddr(request as unknown as IncomingMessage, trust));
}

/** From the client to the last proxy, without repeats. */
function claimsOf(headers: ConnectionInfo["headers"]): string[][] {
  const forwardedFor = headers["x-forwarded-for"];
  const { forwarded } = headers;
  const realIp = headers["x-real-ip"];
  const claims: string[][] = [];
  if (forwardedFor !== undefined) claims.push(String(forwardedFor).split(",").map(addressIn));
  if (forwarded !== undefined) claims.push(readForwarded(forwarded));
  const real = realIp === undefined ? undefined : addressIn(String(realIp));
  // The nearest proxy writes its own peer there, which the others have, too.
  if (real !== undefined && !claims.some((claim) => claim.includes(real))) claims.push([real]);
  return claims;
}

/** Reads `for=` of each element (RFC 7239, 4). */
function readForwarded(header: string): string[] {
  return header.split(",").map((element) => addressIn(parameterOf(element, FOR) ?? ""));
}

function forwardedHosts(headers: ConnectionInfo["headers"]): string[] {
  const [list = "", forwarded = ""] = [headers["x-forwarded-host"], headers.forwarded].map((value) =>
    String(value ?? ""),
  );
  const named = forwarded.split(",").map((element) => parameterOf(element, HOST) ?? "");
  return [...list.split(","), ...named].map((host) => host.trim()).filter((host) => host !== "");
}

/** The proxy nearest to the client comes first. */
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

/** Some proxies add a port (RFC 7239, 6). */
function addressIn(text: string): string {
  const trimmed = text.trim();
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d+)?$/.exec(trimmed) ?? [];
  const address = bracketed ?? dotted ?? trimmed;
  return isIP(address) === 0 ? UNKNOWN : address;
}
