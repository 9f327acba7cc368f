import type { AttachmentConfig, Config } from "../config/schema.ts";
import type { FrameSource } from "../core/frame.ts";
import type { MessageChannel } from "../core/message-channel.ts";
import { messageListeners } from "../messages/registry.ts";
import type { Output } from "../outputs/output.ts";
import { OutputRunner } from "../outputs/output-runner.ts";
import { outputs } from "../outputs/registry.ts";
import type { VariantSpec } from "../transform/transform-spec.ts";
import type { Logger } from "../util/log/logger.ts";
import type { Redactor } from "../util/secrets/redactor.ts";
import { redactorOf } from "./create-redactors.ts";

/** What is attached to cameras: outputs, and listeners for messages, which run alike. */
export interface Attachment extends AttachmentConfig {
  readonly what: "output" | "messages";
}

/** What an attachment needs of its camera. */
export interface Attachable {
  readonly frames: (spec: VariantSpec) => FrameSource;
  readonly messages: MessageChannel;
  readonly log: Logger;
}

export function attachmentsOf({ outputs, messages }: Config): Attachment[] {
  return [
    ...outputs.map((config) => ({ ...config, what: "output" as const })),
    ...messages.map((config) => ({ ...config, what: "messages" as const })),
  ];
}

/** Looks, at start, for what can never work; throws a SetupError that says so. */
export async function checkAttachment(attachment: Attachment): Promise<void> {
  await implementationOf(attachment).check?.(attachment.options);
}

/** An attachment of a camera, not yet started. */
export function createAttachment(attachment: Attachment, { frames, messages, log }: Attachable): OutputRunner {
  const { what, kind, options } = attachment;
  const redactor = attachmentRedactor(attachment);
  const address = redactor.hide(attachment.address);
  const ownLog = log.child({ [what]: `${kind}:${address}` });
  return new OutputRunner({
    kind,
    address,
    run: (context) => implementationOf(attachment).run(options, context),
    frames,
    messages,
    redactor,
    onNote: (text) => ownLog.info(text),
    onFailure: (message, pauseMs) => ownLog.warn(`${message}; trying again in ${pauseMs / 1000} s`),
  });
}

/** Hides an attachment's address and secrets in what is said about it. */
export function attachmentRedactor(attachment: Attachment): Redactor {
  const { kind, options, address } = attachment;
  return redactorOf(kind, { ...options, address }, implementationOf(attachment).options);
}

function implementationOf({ what, kind }: Attachment): Output {
  return (what === "output" ? outputs : messageListeners)[kind] as Output;
}
