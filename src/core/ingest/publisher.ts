/** A client that sends frames to a camera. */
export interface Publisher {
  /** Address and port, such as `192.168.0.7:51234` or `[fe80::1]:51234`. */
  readonly address: string;
  /** Its own name, by which it can reconnect; null without. */
  readonly key: string | null;
}

/** The live publisher, for the camera's status. */
export interface PublisherStatus extends Publisher {
  /** When it began, in ms since the epoch. */
  readonly since: number;
  /** Frames it sent since then. */
  readonly frames: number;
}

/** Another publisher is live. The message is a sentence for a person. */
export class PublisherConflict extends Error {
  override readonly name = "PublisherConflict";
}

/**
 * No publisher is accepted now; a retry may work. The message is a sentence for a
 * person.
 */
export class PublisherSlotBusy extends Error {
  override readonly name = "PublisherSlotBusy";
}

/** A publisher sent nothing for too long. The message is a sentence for a person. */
export class PublisherTimeout extends Error {
  override readonly name = "PublisherTimeout";
}

function hostOf({ address }: Publisher): string {
  return address.slice(0, address.lastIndexOf(":"));
}

/**
 * Returns whether two senders of single frames are the same: by key, or else by host,
 * since each frame comes from a port of its own.
 */
export function isSamePublisher(one: Publisher, other: Publisher): boolean {
  return one.key === null && other.key === null ? hostOf(one) === hostOf(other) : one.key === other.key;
}
