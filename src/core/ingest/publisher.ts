export interface Publisher {
  /** Such as `192.168.0.7:51234` or `[fe80::1]:51234`. */
  readonly address: string;
  /** Lets it reconnect; null without. */
  readonly key: string | null;
}

export interface PublisherStatus extends Publisher {
  /** In ms since the epoch. */
  readonly since: number;
  readonly frames: number;
}

/** Another publisher is live. The message is a sentence. */
export class PublisherConflict extends Error {
  override readonly name = "PublisherConflict";
}

/** No publisher is accepted now; a retry may work. The message is a sentence. */
export class PublisherSlotBusy extends Error {
  override readonly name = "PublisherSlotBusy";
}

/** A publisher sent nothing for too long. The message is a sentence. */
export class PublisherTimeout extends Error {
  override readonly name = "PublisherTimeout";
}

function hostOf({ address }: Publisher): string {
  return address.slice(0, address.lastIndexOf(":"));
}

/**
 * Compares publishers of single frames: by key, or else by host, since each frame comes from
 * another port.
 */
export function isSamePublisher(one: Publisher, other: Publisher): boolean {
  return one.key === null && other.key === null ? hostOf(one) === hostOf(other) : one.key === other.key;
}
