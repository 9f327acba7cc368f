import { pause } from "../util/abort.ts";
import { describeError, SetupError } from "../util/errors.ts";
import type { PlanItems } from "./camera-plan.ts";
import { cameraRedactor, checkCamera } from "./create-camera.ts";
import { checkOutput, outputRedactor } from "./create-output.ts";

/** ffmpeg has 8 s to report its version. */
const TIMEOUT_MS = 10_000;

/**
 * Asks everything at once what can never work, without the ports and devices that `freed` gives up.
 * A check without a result in 10 s passes. @throws SetupError
 */
export async function preflight(parts: readonly PlanItems[], freed: readonly PlanItems[] = []): Promise<void> {
  const checks = parts.flatMap(({ cameras, outputs: attachments }) => [
    ...cameras.map((config) => {
      const redactor = cameraRedactor(config);
      return { of: `camera ${config.name}`, redactor, port: portOf(config), result: checkCamera(config) };
    }),
    ...attachments.map((attachment) => {
      const { what, kind, address } = attachment;
      const redactor = outputRedactor(attachment);
      const of = `--${what} ${kind}:${redactor.hide(address)}`;
      return { of, redactor, port: portOf(attachment), result: checkOutput(attachment) };
    }),
  ]);
  const ports = new Set(freed.flatMap(({ cameras, outputs: attachments }) => [...cameras, ...attachments].map(portOf)));
  const results = await Promise.allSettled(checks.map(({ result }) => unlessLate(result)));
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

async function unlessLate(check: Promise<void>): Promise<void> {
  const over = new AbortController();
  await Promise.race([check, pause(TIMEOUT_MS, over.signal)]).finally(() => over.abort());
}

function portOf({ options }: { readonly options: Readonly<Record<string, unknown>> }): number | undefined {
  const { port } = Object(options["address"]) as { port?: unknown };
  return typeof port === "number" ? port : undefined;
}

function isInUse({ cause }: { cause?: unknown }): boolean {
  return (Object(cause) as NodeJS.ErrnoException).code === "EADDRINUSE";
}
