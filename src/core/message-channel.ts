export interface Message {
  /** In ms since the epoch. */
  readonly at: number;
  /** Such as `udp 127.0.0.1:5005`. */
  readonly from: string;
  readonly text: string;
}

export interface MessageChannel {
  receive(from: string, text: string): void;
  /** Calls `deliver` with each posted text, until unsubscribed. */
  connect(deliver: (text: string) => void): () => void;
}
