/** A short text that travels beside the pictures. */
export interface Message {
  /** When it came, in milliseconds since the epoch. */
  readonly at: number;
  /** Who sent it, such as `udp 127.0.0.1:5005`. */
  readonly from: string;
  readonly text: string;
}

/** A camera's messages, as its driver and its outputs see them. */
export interface MessageChannel {
  /** Keeps a text that came in. `from` is how it came and from where, such as `udp 127.0.0.1:5005`. */
  receive(from: string, text: string): void;
  /** Hands texts posted to the camera to `deliver`, from now until the function that is returned is called. */
  connect(deliver: (text: string) => void): () => void;
}
