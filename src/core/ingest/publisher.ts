/** Who sends pictures to a camera. */
export interface Publisher {
  /** Address and port, such as `192.168.0.7:51234` or `[fe80::1]:51234`. */
  readonly address: string;
  /** What it calls itself, so that it can take its own place again; null without. */
  readonly key: string | null;
}

/** The live sender in a camera's status. */
export interface PublisherStatus extends Publisher {
  /** When it began, in milliseconds since the epoch. */
  readonly since: number;
  /** Pictures it gave since. */
  readonly frames: number;
}

/** Another sender is live. The message is a sentence for a person. */
export class PublisherConflict extends Error {
  override readonly name = "SenderConflict";
}

/** No sender can be taken now, for a reason that passes. The message is a sentence for a person. */
export class PublisherSlotBusy extends Error {
  override readonly name = "InletBusy";
}

/** A sender gave nothing for too long. The message is a sentence for a person. */
export class PublisherTimeout extends Error {
  override readonly name = "SenderTimeout";
}

/** A sender's address without its port. */
function hostOf({ address }: Publisher): string {
  return address.slice(0, address.lastIndexOf(":"));
}

/**
 * Whether two that send single pictures are the same: by what they call themselves if either does so, else by address.
 * Each picture comes from a port of its own.
 */
export function isSamePublisher(one: Publisher, other: Publisher): boolean {
  return one.key === null && other.key === null ? hostOf(one) === hostOf(other) : one.key === other.key;
}
