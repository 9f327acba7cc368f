import { evaluateTrait } from "../config/parse-cameras.ts";
import type { CameraConfig } from "../config/schema.ts";
import type { CameraEvent, CameraOptions } from "../core/camera-options.ts";
import type { CameraControls } from "../core/controls.ts";
import { PublisherSlot } from "../core/ingest/publisher-slot.ts";
import type { MessageChannel } from "../core/message-channel.ts";
import type { CameraDriver } from "../drivers/driver.ts";
import { drivers } from "../drivers/registry.ts";
import { repair } from "../jpeg/repair.ts";
import type { Logger } from "../util/log/logger.ts";
import type { Redactor } from "../util/secrets/redactor.ts";
import { createRedactor } from "./create-redactor.ts";

/** Checks a camera before it starts. @throws SetupError that says what cannot work. */
export async function checkCamera(config: CameraConfig): Promise<void> {
  await driverOf(config).check?.(config.options);
}

/** Hides a camera's address and secrets in messages about it. */
export function cameraRedactor(config: CameraConfig): Redactor {
  return createRedactor(config.driver, config.options, driverOf(config).options);
}

export function createPublisherSlot(config: CameraConfig): PublisherSlot | undefined {
  return driverOf(config).acceptsUploads === true ? new PublisherSlot({ stallMs: config.stallMs }) : undefined;
}

export interface CameraDeps {
  readonly messages: MessageChannel;
  readonly publisherSlot: PublisherSlot | undefined;
  readonly log: Logger;
}

export function cameraOptions(config: CameraConfig, { messages, publisherSlot, log }: CameraDeps): CameraOptions {
  const { name, title, driver, lingerMs, stallMs, always, adapts, options } = config;
  const cameraLog = log.child({ camera: name });
  const redactor = cameraRedactor(config);
  return {
    name,
    title,
    driver,
    lingerMs,
    stallMs,
    isAlwaysOn: always,
    isAdaptive: adapts,
    isListening: evaluateTrait(driverOf(config).isListener, options),
    messages,
    open: (context) => driverOf(config).open(options, { ...context, publisherSlot }),
    redactor,
    repair,
    controls: controlsOf(config),
    onEvent: (event) => logEvent(cameraLog, event, redactor),
  };
}

function controlsOf(config: CameraConfig): CameraControls | undefined {
  const driver = driverOf(config);
  const { controls, setControls } = driver;
  if (controls === undefined || setControls === undefined) return undefined;
  return {
    read: () => controls.call(driver, config.options),
    write: (values) => setControls.call(driver, config.options, values),
  };
}

function logEvent(log: Logger, event: CameraEvent, redactor: Redactor): void {
  if (event.kind === "failed") log.warn(`${event.message}; trying again in ${event.pauseMs / 1000} s`);
  else if (event.kind === "dropped") logDropped(log, event.reason, redactor);
  else if (event.kind === "late") log.info(`Abandoned run ended: ${event.message}`);
  else if (event.kind === "note" || event.kind === "waiting") log.info(event.text);
  else log.info(event.kind);
}

function logDropped(log: Logger, reason: string, redactor: Redactor): void {
  if (log.isLevelEnabled("debug")) log.debug(`Passed over: ${redactor.hide(reason)}`);
}

function driverOf({ driver }: CameraConfig): CameraDriver {
  return drivers[driver] as CameraDriver;
}
