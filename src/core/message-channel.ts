/** A short text beside the frames. */
export interface Message {
  /** When it came, in ms since the epoch. */
  readonly at: number;
  /** The way it came, such as `udp 127.0.0.1:5005`. */
  readonly from: string;
  readonly text: string;
}

/** A camera's messages, for its driver and its outputs. */
export interface MessageChannel {
  /** Keeps a received text. `from` is the way it came, such as `udp 127.0.0.1:5005`. */
  receive(from: string, text: string): void;
  /** Calls `deliver` with each posted text, until the returned function is called. */
  connect(deliver: (text: string) => void): () => void;
}
