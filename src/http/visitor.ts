import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import proxyAddr from "proxy-addr";
import { plainAddress } from "../core/network.ts";
import type { Trust } from "../core/trust.ts";
import { LOCAL_NETWORKS } from "../net/local-networks.ts";

/** Whoever asks over HTTP. */
export interface Visitor {
  /** The address the request comes from, as far as it is known: behind a trusted proxy the one the proxy says. */
  readonly address: string;
  /** Whether that is surely of this machine or of a local network. */
  readonly isLocal: boolean;
  /** Whether somebody who is not trusted says that the request is from elsewhere. */
  readonly isHidden: boolean;
}

/** What a request says of where it comes from. */
export interface Asking {
  /** The socket's other side. */
  readonly peer: string | undefined;
  readonly headers: Pick<IncomingMessage, "headers">["headers"];
}

/**
 * Finds who asks. Where several headers tell of those behind a proxy, all of them have to say "local", since a proxy
 * that writes one of them passes on what the client wrote into the others. What an untrusted peer says counts only as
 * its word that the request is from elsewhere.
 */
export function visitorOf({ peer = "", headers }: Asking, trust: Trust): Visitor {
  const claims = claimsOf(headers);
  if (claims.length === 0)
    return { address: plainAddress(peer), isLocal: LOCAL_NETWORKS.includes(peer), isHidden: false };
  if (!trust(peer, 0)) return { address: plainAddress(peer), isLocal: false, isHidden: true };
  const addresses = claims.map((claim) => farthest(peer, claim, trust));
  return {
    address: addresses[0] as string,
    isLocal: addresses.every((address) => LOCAL_NETWORKS.includes(address)),
    isHidden: false,
  };
}

/** The address alone, as a visitor's: for who has no time for more. */
export function visitorAddress({ peer = "", headers }: Asking, trust: Trust): string {
  const [claim] = claimsOf(headers);
  return claim === undefined || !trust(peer, 0) ? plainAddress(peer) : farthest(peer, claim, trust);
}

const visitors = new WeakMap<object, Visitor>();

/** Notes who asks, once it is known. */
export function noteVisitor(request: object, visitor: Visitor): void {
  visitors.set(request, visitor);
}

/** Who asks; undefined before it was found out. */
export function notedVisitor(request: object): Visitor | undefined {
  return visitors.get(request);
}

/** Behind trusted proxies the address nearest to us that is not one of theirs. */
function farthest(peer: string, claim: readonly string[], trust: Trust): string {
  // Behind the peer, which is trusted, is but one.
  if (claim.length === 1) return plainAddress(claim[0] as string);
  const request = { headers: { "x-forwarded-for": claim.join(",") }, socket: { remoteAddress: peer } };
  return plainAddress(proxyAddr(request as unknown as IncomingMessage, trust));
}

/** What each header says, from the client to the last proxy. One that can be had from the others is left out. */
function claimsOf(headers: Asking["headers"]): string[][] {
  const forwardedFor = headers["x-forwarded-for"];
  const { forwarded } = headers;
  const realIp = headers["x-real-ip"];
  const claims: string[][] = [];
  if (forwardedFor !== undefined) claims.push(String(forwardedFor).split(",").map(node));
  if (forwarded !== undefined) claims.push(readForwarded(forwarded));
  if (claims.length === 0 && realIp !== undefined) claims.push([node(String(realIp))]);
  return claims;
}

/** The `for=` of each element (RFC 7239, 4); an element without is somebody unknown. */
function readForwarded(header: string): string[] {
  return header.split(",").map((element) => {
    const [, quoted, token] = /(?:^|;)\s*for\s*=\s*(?:"([^"]*)"|([^;\s"]*))/i.exec(element) ?? [];
    return node(quoted ?? token ?? "");
  });
}

/** An address, without the port that some proxies add (RFC 7239, 6); anything else is `unknown`. */
function node(text: string): string {
  const trimmed = text.trim();
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d+)?$/.exec(trimmed) ?? [];
  const address = bracketed ?? dotted ?? trimmed;
  return isIP(address) === 0 ? "unknown" : address;
}
