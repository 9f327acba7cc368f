import type { z } from "zod";
import type { FrameSource } from "../core/frame.ts";
import type { MessageChannel } from "../core/message-channel.ts";
import type { VariantSpec } from "../transform/transform-spec.ts";

export interface OutputContext {
  readonly signal: AbortSignal;
  /**
   * Equal specs share one encode. Subscribing holds the camera open, so subscribe only while a peer
   * is there. Never placeholders.
   */
  frames(spec: VariantSpec): FrameSource;
  readonly messages: MessageChannel;
  readonly meter: OutputMeter;
  note(text: string): void;
}

export interface OutputMeter {
  /** Returns a function to call when the peer is gone. */
  peer(address: string): () => void;
  sent(bytes: number): void;
  dropped(): void;
}

/** Sends a camera's frames to peers that are no viewers over HTTP. */
export interface Output<S extends z.ZodObject = z.ZodObject> {
  readonly summary: string;
  /** Such as `[HOST:]PORT`; the value is the option `address`. */
  readonly address: string;
  readonly options: S;
  /** @throws SetupError if it can never work. */
  check?(options: z.output<S>): Promise<void>;
  /**
   * Sends until `context.signal` aborts, then releases everything within a second. A throw or a
   * return before that is a failure: it runs again.
   */
  run(options: z.output<S>, context: OutputContext): Promise<void>;
}

export function defineOutput<S extends z.ZodObject>(output: Output<S>): Output<S> {
  return output;
}
