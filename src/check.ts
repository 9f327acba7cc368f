import { attachmentRedactor, checkAttachment } from "./attachments.ts";
import { cameraRedactor, checkCamera } from "./cameras.ts";
import { describeError, SetupError } from "./core/errors.ts";
import type { PlanParts } from "./plan.ts";

/**
 * Asks all at once what can never work, so that all of it is said at once. What is in the way of one is no obstacle where it is
 * ours, and let go first: `freed` says what is.
 * @throws SetupError that says what cannot work.
 */
export async function checkParts(parts: readonly PlanParts[], freed: readonly PlanParts[] = []): Promise<void> {
  const checks = parts.flatMap(({ cameras, attachments }) => [
    ...cameras.map((config) => {
      const redactor = cameraRedactor(config);
      return { of: `camera ${config.name}`, redactor, port: portOf(config), result: checkCamera(config) };
    }),
    ...attachments.map((attachment) => {
      const { what, kind, address } = attachment;
      const redactor = attachmentRedactor(attachment);
      const of = `--${what} ${kind}:${redactor.hide(address)}`;
      return { of, redactor, port: portOf(attachment), result: checkAttachment(attachment) };
    }),
  ]);
  const ports = new Set(freed.flatMap(({ cameras, attachments }) => [...cameras, ...attachments].map(portOf)));
  const results = await Promise.allSettled(checks.map(({ result }) => result));
  const problems = results.flatMap((result, index) => {
    const { of, port, redactor } = checks[index] ?? {};
    const error: unknown = result.status === "rejected" ? result.reason : undefined;
    if (error === undefined || (port !== undefined && ports.has(port) && isInUse(error as Error))) return [];
    const hide = (text: string) => redactor?.hideKnown(text) ?? text;
    return { text: `${of}: ${describeError(error, hide)}`, error };
  });
  if (problems.length === 0) return;
  const isInput = problems.some(({ error }) => error instanceof SetupError && error.exitCode === 2);
  throw new SetupError(problems.map(({ text }) => text).join("\n  "), isInput ? 2 : 1);
}

/** The port that its address names; undefined where that is none. */
function portOf({ options }: { readonly options: Readonly<Record<string, unknown>> }): number | undefined {
  const { port } = Object(options["address"]) as { port?: unknown };
  return typeof port === "number" ? port : undefined;
}

function isInUse({ cause }: { cause?: unknown }): boolean {
  return (Object(cause) as NodeJS.ErrnoException).code === "EADDRINUSE";
}
