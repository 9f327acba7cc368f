import type { AddressInfo, Socket } from "node:net";
import type { Config } from "../config/schema.ts";
import type { Camera } from "../core/camera.ts";
import { examine } from "../doctor/examine.ts";
import { type Examination, withOldNames } from "../doctor/finding.ts";
import { listDevices } from "../drivers/list-devices.ts";
import { type AppOptions, createApp } from "../http/app.ts";
import { WebServer } from "../http/server/web-server.ts";
import { Feeds } from "../http/streaming/feed.ts";
import { webSocketRoutes } from "../http/websocket-routes.ts";
import { setMaxImageMemory } from "../jpeg/convert/decode-cost.ts";
import { createReadMetrics } from "../metrics/metrics.ts";
import { loadNotsentLowat } from "../net/notsent-lowat.ts";
import { loadTcpInfo } from "../net/tcp-info.ts";
import { Placeholders } from "../transform/placeholders.ts";
import { describeError } from "../util/errors.ts";
import type { Logger } from "../util/log/logger.ts";
import { type CameraChanges, CameraManager } from "./camera-manager.ts";
import { cameraPlansOf } from "./camera-plan.ts";
import { createGate, crossOriginOf, withLocalPeers } from "./create-gate.ts";
import { createLimits } from "./create-limits.ts";
import { listen } from "./listen.ts";
import { PasswordStore } from "./password-store.ts";
import { openServerCertificate, type ServerCertificate } from "./server-certificate.ts";

const GOODBYE_MS = 1000;

export interface ServerOptions {
  readonly linesLost?: () => number;
}

/** Puts cameras, app and socket together: the program without its process. */
export class StillstreamServer {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #linesLost: ServerOptions["linesLost"];
  readonly #cameras: CameraManager;
  #web: WebServer | undefined;
  #identity: ServerCertificate | undefined;
  #passwords: PasswordStore | undefined;

  constructor(config: Config, log: Logger, { linesLost }: ServerOptions = {}) {
    this.#config = config;
    this.#log = log;
    this.#linesLost = linesLost;
    this.#cameras = new CameraManager(cameraPlansOf(withLocalPeers(config)), log);
  }

  /** @returns the port. @throws SetupError if a camera, an output or the address cannot work. */
  async start(): Promise<number> {
    const { host, port, title, basePath, maxImageMemory } = this.#config.settings;
    setMaxImageMemory(maxImageMemory);
    await this.#cameras.preflight();
    const { refusals, limits, viewers } = await createLimits(this.#config.settings, this.#log);
    this.#passwords = await PasswordStore.open(this.#config.settings, this.#log);
    const { set: cameras, publisherSlots } = this.#cameras;
    const parts = {
      cameras,
      publisherSlots,
      gate: createGate(this.#config, this.#passwords),
      crossOrigin: crossOriginOf(this.#config),
      basePath,
      onError: (error: unknown) => this.#log.error(error, "A request failed"),
      onRefused: refusals.answered,
      onLimitReached: refusals.reached,
    };
    const placeholders = new Placeholders({ onFailure: (error) => this.#log.warn(explainMissingPlaceholder(error)) });
    // What streams and live connections share.
    const watching = {
      title,
      viewers,
      feeds: new Feeds(placeholders),
      variants: (camera: Camera) => this.#cameras.runtimeOf(camera).variants,
      messagesOf: (camera: Camera) => this.#cameras.runtimeOf(camera).messages,
      tuneSocket: await loadTuneSocket(this.#log),
    };
    const outputsOf = (camera: string) => this.#cameras.outputsOf(camera);
    const app = createApp({
      ...parts,
      ...watching,
      host,
      placeholders,
      ...(await loadLinkState()),
      listDevices,
      examine: async () => withOldNames(await this.#examine()),
      outputsOf,
      readMetrics: createReadMetrics({ ...watching, cameras, outputsOf, refusals, limits, linesLost: this.#linesLost }),
    });
    const live = { ...watching, crossOrigin: parts.crossOrigin, onLimitReached: refusals.reached };
    this.#identity = await openServerCertificate(this.#config.settings, this.#log);
    const webSockets = webSocketRoutes({ ...parts, live });
    this.#web = new WebServer({ app, webSockets, tlsPem: this.#identity?.pem, limits });
    await listen(this.#web.server, host, port);
    this.#identity?.watch((pem) => this.#web?.setCertificate(pem));
    this.#cameras.start();
    return this.#port as number;
  }

  /** Applies cameras and outputs, but no settings. @throws SetupError; then nothing changes. */
  async apply(config: Config): Promise<CameraChanges> {
    return await this.#cameras.apply(cameraPlansOf(withLocalPeers({ ...config, settings: this.#config.settings })));
  }

  get #port(): number | undefined {
    return this.address?.port;
  }

  /** Undefined while the server does not listen. */
  get address(): AddressInfo | undefined {
    return (this.#web?.server.address() as AddressInfo | null | undefined) ?? undefined;
  }

  get summary(): string {
    return this.#cameras.set.list.map((camera) => `${camera.name} ${camera.status().state}`).join(", ");
  }

  async stop(): Promise<void> {
    const web = this.#web;
    this.#identity?.close();
    this.#passwords?.close();
    const released = this.#cameras.close();
    const closed = web?.close();
    const cut = setTimeout(() => web?.cut(), GOODBYE_MS);
    await Promise.all([closed, released]);
    clearTimeout(cut);
  }

  /** The start refused cameras that cannot work. */
  async #examine(): Promise<Examination> {
    const cameras = this.#cameras.all.map(({ camera, plan: { config } }) => ({ camera, config, obstacle: null }));
    return await examine({ settings: this.#config.settings, cameras, listeningPort: this.#port });
  }
}

async function loadTuneSocket(log: Logger): Promise<(socket: Socket) => void> {
  try {
    return await loadNotsentLowat();
  } catch (error) {
    log.warn(`Send buffers not limited: viewers on slow links see older frames: ${describeError(error)}`);
    return () => {};
  }
}

/** Without the system's numbers, adaptive streams measure what waits in this process. */
async function loadLinkState(): Promise<Pick<AppOptions, "linkStateOf">> {
  return await loadTcpInfo().then(
    (linkStateOf) => ({ linkStateOf }),
    () => ({ linkStateOf: ({ writableLength }) => ({ queued: writableLength, inFlight: 0, rttMs: 0 }) }),
  );
}

function explainMissingPlaceholder(error: unknown): string {
  const [reason = ""] = describeError(error).split("\n");
  return `Placeholders not drawn: viewers of an offline camera see its last frame: ${reason}`;
}
