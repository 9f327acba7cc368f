import { createHmac, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { PublisherStatus } from "../../core/ingest/publisher.ts";
import { isUser } from "../access/authorization.ts";
import { clientKeysOf } from "../shared/request.ts";
import type { ViewerStatus } from "./viewer-status.ts";

/** Digests must not be comparable between runs. */
const DIGEST_KEY = randomBytes(32);

/** Two of 1000 viewers share a digest once in 10 billion runs (2^64 / 1000²). */
const DIGEST_HEX_DIGITS = 16;

/**
 * Says what an answer tells of other clients. A key lets a client replace its owner, so only a
 * client that gives it is told. Only users see addresses and viewers.
 */
export interface Disclosure {
  readonly isUser: boolean;
  readonly own: ReadonlySet<string>;
}

type Discreet<T extends { readonly address: string }> = Omit<T, "address"> & { readonly address: string | null };

export type ToldSender = Discreet<PublisherStatus>;

export function disclosureTo(request: Pick<IncomingMessage, "url">): Disclosure {
  return { isUser: isUser(request), own: new Set(clientKeysOf(request)) };
}

/** Returns the viewers that a client is told of: guests see only those whose keys they gave. */
export function toldViewers(viewers: readonly ViewerStatus[], { isUser, own }: Disclosure): ViewerStatus[] {
  const told = isUser ? viewers : viewers.filter(({ key }) => key !== null && own.has(key));
  return told.map((viewer) => ({ ...viewer, key: toldKey(viewer.key, own) }));
}

export function toldSender(sender: PublisherStatus | null, { isUser, own }: Disclosure): ToldSender | null {
  if (sender === null) return null;
  return { ...sender, key: toldKey(sender.key, own), address: isUser ? sender.address : null };
}

function toldKey(key: string | null, own: ReadonlySet<string>): string | null {
  if (key === null || own.has(key)) return key;
  return createHmac("sha256", DIGEST_KEY).update(key).digest("hex").slice(0, DIGEST_HEX_DIGITS);
}
