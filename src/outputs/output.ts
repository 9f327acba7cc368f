import type { z } from "zod";
import type { FrameSource } from "../core/frame.ts";
import type { MessageChannel } from "../core/message-channel.ts";
import type { VariantSpec } from "../transform/transform-spec.ts";

/** What an output is given to work with, anew each time it is run. */
export interface OutputContext {
  /** Aborts when the output is to stop and to release what it holds. */
  readonly signal: AbortSignal;
  /**
   * The camera's pictures, changed as `spec` says; equal ones are encoded once for all. To subscribe is to hold the camera
   * open: an output does so only while a peer is there. Never a card, only pictures.
   */
  frames(spec: VariantSpec): FrameSource;
  /** The camera's messages: what peers say goes in, what is posted can be passed on. */
  readonly messages: MessageChannel;
  /** Counts for the status. */
  readonly meter: OutputMeter;
  /** Says what a person should know, such as a peer that was turned away; goes to the log. */
  note(text: string): void;
}

/** What an output counts. */
export interface OutputMeter {
  /** A peer came: a client connected, or one that answers. Call what is returned when it is gone. */
  peer(address: string): () => void;
  /** A picture of so many bytes went out. */
  sent(bytes: number): void;
  /** A picture could not be sent, or came too late to be. */
  dropped(): void;
}

/** A kind of output: sends a camera's pictures to somewhere that is no viewer over HTTP. */
export interface Output<S extends z.ZodObject = z.ZodObject> {
  /** Its line in `--help`. */
  readonly summary: string;
  /** How an address is written, such as `[HOST:]PORT`. The value is the option `address`. */
  readonly address: string;
  /** What it can be told. Strict; each option with its description. */
  readonly options: S;
  /** Looks, once at start, for what can never work; throws a SetupError that says so. */
  check?(options: z.output<S>): Promise<void>;
  /**
   * Sends until `context.signal` aborts, and then has released all it holds within a second. To throw is to fail, and so
   * is to end: it is reported, and run again after a pause.
   */
  run(options: z.output<S>, context: OutputContext): Promise<void>;
}

/** Gives an output the type of its own options. */
export function defineOutput<S extends z.ZodObject>(output: Output<S>): Output<S> {
  return output;
}
