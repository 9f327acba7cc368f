import { createServer as createHttpServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { CameraConfig, Config } from "./config/schema.ts";
import { Camera, type CameraEvent } from "./core/camera.ts";
import type { CameraControls } from "./core/controls.ts";
import { describeError, SetupError } from "./core/errors.ts";
import { listDevices } from "./devices.ts";
import type { CameraDriver } from "./drivers/driver.ts";
import { drivers } from "./drivers/index.ts";
import { createApp } from "./http/app.ts";
import { readSize } from "./jpeg/header.ts";
import type { Logger } from "./log.ts";
import { loadNotsentLowat } from "./net/notsent-lowat.ts";
import { Variants } from "./variants/variants.ts";

/** How long connections may take to end politely when the server stops, in milliseconds, before they are cut. */
const GOODBYE_MS = 1000;

/** Connections the system holds for us before we accept them: a thousand viewers may come at once after a restart. */
const BACKLOG = 4096;

/** The whole program but its process: cameras, app and socket, put together. */
export class StillstreamServer {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #cameras: readonly [Camera, ...Camera[]];
  readonly #variants: ReadonlyMap<string, Variants>;
  #http: Server | undefined;

  constructor(config: Config, log: Logger) {
    this.#config = config;
    this.#log = log;
    this.#cameras = config.cameras.map((camera) => createCamera(camera, log)) as [Camera, ...Camera[]];
    this.#variants = new Map(this.#cameras.map((camera) => [camera.name, new Variants(camera)]));
  }

  /**
   * Checks what can be checked, and listens. Resolves with the port once it does.
   * @throws SetupError when a camera can never work, or the address cannot be listened on.
   */
  async start(): Promise<number> {
    const { host, port, title, basePath, maxViewers } = this.#config.settings;
    await checkCameras(this.#config.cameras);
    const app = createApp({
      cameras: this.#cameras,
      title,
      basePath,
      maxViewers,
      variants: ({ name }) => this.#variants.get(name) as Variants,
      tuneSocket: await loadTuneSocket(this.#log),
      listDevices,
      onError: (error) => this.#log.error(error, "A request failed"),
    });
    this.#http = createHttpServer(app);
    await listen(this.#http, host, port);
    for (const camera of this.#cameras) camera.start();
    return (this.#http.address() as AddressInfo).port;
  }

  /** Ends every viewer, releases every camera, and resolves when all of it is done. */
  async stop(): Promise<void> {
    const http = this.#http;
    const closed = new Promise<void>((resolve) => (http === undefined ? resolve() : http.close(() => resolve())));
    // The end of its camera's frames ends a viewer's stream.
    const released = Promise.all(this.#cameras.map((camera) => camera.close()));
    const cut = setTimeout(() => http?.closeAllConnections(), GOODBYE_MS);
    await Promise.all([closed, released]);
    clearTimeout(cut);
  }
}

function createCamera(config: CameraConfig, log: Logger): Camera {
  const { name, title, driver, lingerMs, stallMs, always, options } = config;
  const cameraLog = log.child({ camera: name });
  return new Camera({
    name,
    title,
    driver,
    lingerMs,
    stallMs,
    always,
    open: (context) => driverOf(config).open(options, context),
    measure: readSize,
    controls: controlsOf(config),
    onEvent: (event) => logEvent(cameraLog, event),
  });
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

function logEvent(log: Logger, event: CameraEvent): void {
  if (event.kind === "failed") log.warn(`${event.message}; trying again in ${event.pauseMs / 1000} s`);
  else if (event.kind === "dropped") log.debug(`Passed over: ${event.reason}`);
  else if (event.kind === "note") log.info(event.text);
  else log.info(event.kind);
}

function driverOf({ driver }: CameraConfig): CameraDriver {
  return drivers[driver] as CameraDriver;
}

/** Asks every driver at once what cannot work, so that all of it is said at once. */
async function checkCameras(cameras: readonly CameraConfig[]): Promise<void> {
  const results = await Promise.allSettled(cameras.map((camera) => driverOf(camera).check?.(camera.options)));
  const problems = results.flatMap((result, index) => {
    if (result.status === "fulfilled") return [];
    return { text: `camera ${cameras[index]?.name}: ${describeError(result.reason)}`, error: result.reason as unknown };
  });
  if (problems.length === 0) return;
  const isInput = problems.some(({ error }) => error instanceof SetupError && error.exitCode === 2);
  throw new SetupError(problems.map(({ text }) => text).join("\n  "), isInput ? 2 : 1);
}

async function loadTuneSocket(log: Logger): Promise<(socket: Socket) => void> {
  try {
    return await loadNotsentLowat();
  } catch (error) {
    log.warn(`Viewers on slow links will see older pictures than they need to: ${describeError(error)}`);
    return () => {};
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(new SetupError(explain(error, host, port), 1)));
    server.listen({ host, port, backlog: BACKLOG }, resolve);
  });
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): string {
  switch (error.code) {
    case "EADDRINUSE":
      return `port ${port} is in use by another program; stop that, or choose another with --port ${port < 65_535 ? port + 1 : port - 1}`;
    case "EACCES":
      return `port ${port} is not allowed for this user; choose one above 1023, such as --port 8080`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `--host ${host} is no address of this machine; use 0.0.0.0 for all it has`;
    default:
      return `cannot listen on ${host} port ${port}: ${error.message}`;
  }
}
