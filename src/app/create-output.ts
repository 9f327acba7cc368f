import type { Config, OutputConfig } from "../config/schema.ts";
import type { FrameSource } from "../core/frame.ts";
import type { MessageChannel } from "../core/message-channel.ts";
import { messageListeners } from "../messages/registry.ts";
import type { Output } from "../outputs/output.ts";
import { OutputRunner } from "../outputs/output-runner.ts";
import { outputs } from "../outputs/registry.ts";
import type { VariantSpec } from "../transform/transform-spec.ts";
import type { Logger } from "../util/log/logger.ts";
import type { Redactor } from "../util/secrets/redactor.ts";
import { createRedactor } from "./create-redactor.ts";

export interface OutputPlan extends OutputConfig {
  readonly what: "output" | "messages";
}

export interface OutputDeps {
  readonly frames: (spec: VariantSpec) => FrameSource;
  readonly messages: MessageChannel;
  readonly log: Logger;
}

export function outputPlansOf({ outputs, messages }: Config): OutputPlan[] {
  return [
    ...outputs.map((config) => ({ ...config, what: "output" as const })),
    ...messages.map((config) => ({ ...config, what: "messages" as const })),
  ];
}

/** Checks an output before it starts. @throws SetupError that says what cannot work. */
export async function checkOutput(attachment: OutputPlan): Promise<void> {
  await implementationOf(attachment).check?.(attachment.options);
}

export function createOutput(attachment: OutputPlan, { frames, messages, log }: OutputDeps): OutputRunner {
  const { what, kind, options } = attachment;
  const redactor = outputRedactor(attachment);
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

/** Hides an output's address and secrets in messages about it. */
export function outputRedactor(attachment: OutputPlan): Redactor {
  const { kind, options, address } = attachment;
  return createRedactor(kind, { ...options, address }, implementationOf(attachment).options);
}

function implementationOf({ what, kind }: OutputPlan): Output {
  return (what === "output" ? outputs : messageListeners)[kind] as Output;
}
