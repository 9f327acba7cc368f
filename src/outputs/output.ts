import type { z } from "zod";
import type { FrameSource } from "../core/frame.ts";
import type { MessageChannel } from "../core/message-channel.ts";
import type { VariantSpec } from "../transform/transform-spec.ts";

export interface OutputContext {
  readonly signal: AbortSignal;
  /**
   * The camera's frames, changed by `spec`; equal specs share one encode.
   * Subscribing holds the camera open, so an output subscribes only while a peer is
   * there. Never placeholders.
   */
  frames(spec: VariantSpec): FrameSource;
  readonly messages: MessageChannel;
  readonly meter: OutputMeter;
  /** Logs it. */
  note(text: string): void;
}

export interface OutputMeter {
  /** Returns a function to call when the peer is gone. */
  peer(address: string): () => void;
  sent(bytes: number): void;
  /** Not sent, or too late. */
  dropped(): void;
}

/** A kind of output: sends a camera's frames to peers that are no viewers over HTTP. */
export interface Output<S extends z.ZodObject = z.ZodObject> {
  /** Its line in `--help`. */
  readonly summary: string;
  /** How an address is written, such as `[HOST:]PORT`; its value is the option `address`. */
  readonly address: string;
  /** Strict, each with its description. */
  readonly options: S;
  /**
   * Checks at start for what can never work.
   * @throws SetupError with the reason.
   */
  check?(options: z.output<S>): Promise<void>;
  /**
   * Sends until `context.signal` aborts, then releases everything within a second.
   * A throw or a return before that is a failure: it is reported, and the output
   * runs again after a pause.
   */
  run(options: z.output<S>, context: OutputContext): Promise<void>;
}

export function defineOutput<S extends z.ZodObject>(output: Output<S>): Output<S> {
  return output;
}
