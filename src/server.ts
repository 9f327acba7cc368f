import type { AddressInfo, Socket } from "node:net";
import { createGate, embeddingOf, withLocalPeers } from "./access.ts";
import { type Attachment, attachmentsOf, checkAttachment, createAttachment } from "./attachments.ts";
import { checkCamera, createCamera, createInlet } from "./cameras.ts";
import type { Config } from "./config/schema.ts";
import type { Camera } from "./core/camera.ts";
import { describeError, SetupError } from "./core/errors.ts";
import type { FrameInlet } from "./core/inlet.ts";
import { listDevices } from "./devices.ts";
import { examine } from "./doctor/examine.ts";
import type { Examination } from "./doctor/finding.ts";
import { type AppParts, createApp } from "./http/app.ts";
import { Feeds } from "./http/feed.ts";
import { createWebSockets } from "./http/upgrade.ts";
import { WebServer } from "./http/web-server.ts";
import { type Identity, openIdentity } from "./identity.ts";
import { createLimits } from "./limits.ts";
import { listen } from "./listen.ts";
import type { Logger } from "./log.ts";
import { Messages } from "./messages/messages.ts";
import { createReadMetrics } from "./metrics/metrics.ts";
import { loadNotsentLowat } from "./net/notsent-lowat.ts";
import { loadLinkStateOf } from "./net/tcp-info.ts";
import type { OutputStatus, RunningOutput } from "./outputs/running.ts";
import { Passwords } from "./passwords.ts";
import { Cards } from "./variants/no-picture.ts";
import { Variants } from "./variants/variants.ts";

/** How long connections may take to end politely when the server stops, in milliseconds, before they are cut. */
const GOODBYE_MS = 1000;

/** The whole program but its process: cameras, app and socket, put together. */
export class StillstreamServer {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #cameras: readonly [Camera, ...Camera[]];
  readonly #messages: ReadonlyMap<string, Messages>;
  readonly #inlets: ReadonlyMap<string, FrameInlet>;
  readonly #variants: ReadonlyMap<string, Variants>;
  readonly #attached: readonly { readonly attachment: Attachment; readonly running: RunningOutput }[];
  #web: WebServer | undefined;
  #identity: Identity | undefined;
  #passwords: Passwords | undefined;

  constructor(given: Config, log: Logger) {
    const config = withLocalPeers(given);
    this.#config = config;
    this.#log = log;
    this.#messages = new Map(config.cameras.map(({ name }) => [name, new Messages()]));
    this.#inlets = new Map(
      config.cameras.flatMap((camera) => {
        const inlet = createInlet(camera);
        return inlet === undefined ? [] : [[camera.name, inlet]];
      }),
    );
    this.#cameras = config.cameras.map((camera) => {
      const inlet = this.#inlets.get(camera.name);
      return createCamera(camera, { messages: this.#messagesOf(camera.name), inlet, log });
    }) as [Camera, ...Camera[]];
    this.#variants = new Map(
      this.#cameras.map((camera) => [camera.name, new Variants(camera, { title: camera.title })]),
    );
    this.#attached = attachmentsOf(config).map((attachment) => {
      const running = createAttachment(attachment, {
        frames: (spec) => (this.#variants.get(attachment.camera) as Variants).of(spec),
        messages: this.#messagesOf(attachment.camera),
        log: log.child({ camera: attachment.camera }),
      });
      return { attachment, running };
    });
  }

  /**
   * Checks what can be checked, and listens. Resolves with the port once it does.
   * @throws SetupError when a camera or an output can never work, or the address cannot be listened on.
   */
  async start(): Promise<number> {
    const { host, port, title, basePath } = this.#config.settings;
    await this.#check();
    const { refusals, limits, viewers } = await createLimits(this.#config.settings, this.#log);
    this.#passwords = await Passwords.open(this.#config.settings, this.#log);
    const parts = {
      cameras: this.#cameras,
      inlets: this.#inlets,
      gate: createGate(this.#config, this.#passwords),
      embedding: embeddingOf(this.#config),
      basePath,
      onError: (error: unknown) => this.#log.error(error, "A request failed"),
      onRefused: refusals.answered,
    };
    const cards = new Cards({ onFailure: (error) => this.#log.warn(explainMissingCard(error)) });
    // What streams and live connections share.
    const watching = {
      title,
      viewers,
      feeds: new Feeds(cards),
      variants: ({ name }: Camera) => this.#variants.get(name) as Variants,
      tuneSocket: await loadTuneSocket(this.#log),
    };
    const outputsOf = (camera: string) => this.#outputsOf(camera);
    const app = createApp({
      ...parts,
      ...watching,
      host,
      messages: this.#messages,
      cards,
      ...(await loadLinkState()),
      listDevices,
      examine: () => this.#examine(),
      outputsOf,
      metrics: createReadMetrics({ ...watching, cameras: this.#cameras, outputsOf, refusals, limits }),
    });
    const live = { ...watching, embedding: parts.embedding, messagesOf: ({ name }: Camera) => this.#messagesOf(name) };
    this.#identity = await openIdentity(this.#config.settings, this.#log);
    const webSockets = createWebSockets({ ...parts, live });
    this.#web = new WebServer({ app, webSockets, tlsPem: this.#identity?.pem, limits });
    await listen(this.#web.server, host, port);
    this.#identity?.keepGood((pem) => this.#web?.setIdentity(pem));
    for (const camera of this.#cameras) camera.start();
    for (const { running } of this.#attached) running.start();
    return this.#port as number;
  }

  get #port(): number | undefined {
    return this.address?.port;
  }

  /** Where it listens; undefined while it does not. */
  get address(): AddressInfo | undefined {
    return (this.#web?.server.address() as AddressInfo | null | undefined) ?? undefined;
  }

  /** How the cameras are, in one line. */
  get summary(): string {
    return this.#cameras.map((camera) => `${camera.name} ${camera.status().state}`).join(", ");
  }

  /** Ends every viewer and every sender, releases every camera, and resolves when all of it is done. */
  async stop(): Promise<void> {
    const web = this.#web;
    this.#identity?.close();
    this.#passwords?.close();
    for (const inlet of this.#inlets.values()) inlet.close();
    for (const messages of this.#messages.values()) messages.close();
    const closed = web?.close();
    // The end of its camera's frames ends a viewer's stream.
    const running = [...this.#attached.map(({ running }) => running), ...this.#cameras];
    const released = Promise.all(running.map((one) => one.close()));
    const cut = setTimeout(() => web?.cut(), GOODBYE_MS);
    await Promise.all([closed, released]);
    clearTimeout(cut);
  }

  /** Asks all at once what cannot work, so that all of it is said at once. */
  async #check(): Promise<void> {
    const checks = [
      ...this.#config.cameras.map((camera) => ({ of: `camera ${camera.name}`, result: checkCamera(camera) })),
      ...attachmentsOf(this.#config).map((attachment) => {
        const { what, kind, address } = attachment;
        return { of: `--${what} ${kind}:${address}`, result: checkAttachment(attachment) };
      }),
    ];
    const results = await Promise.allSettled(checks.map(({ result }) => result));
    const problems = results.flatMap((result, index) => {
      if (result.status === "fulfilled") return [];
      return { text: `${checks[index]?.of}: ${describeError(result.reason)}`, error: result.reason as unknown };
    });
    if (problems.length === 0) return;
    const isInput = problems.some(({ error }) => error instanceof SetupError && error.exitCode === 2);
    throw new SetupError(problems.map(({ text }) => text).join("\n  "), isInput ? 2 : 1);
  }

  /** Those that can never work were refused at start. */
  async #examine(): Promise<Examination> {
    const { settings, cameras: configs } = this.#config;
    const cameras = this.#cameras.flatMap((camera, index) => {
      const config = configs[index];
      return config === undefined ? [] : [{ camera, config, obstacle: null }];
    });
    return await examine({ settings, cameras, listeningPort: this.#port });
  }

  #outputsOf(camera: string): OutputStatus[] {
    const own = this.#attached.filter(({ attachment }) => attachment.what === "output" && attachment.camera === camera);
    return own.map(({ running }) => running.status());
  }

  #messagesOf(camera: string): Messages {
    return this.#messages.get(camera) as Messages;
  }
}

async function loadTuneSocket(log: Logger): Promise<(socket: Socket) => void> {
  try {
    return await loadNotsentLowat();
  } catch (error) {
    log.warn(`Viewers on slow links will see older pictures than they need to: ${describeError(error)}`);
    return () => {};
  }
}

/** Where the system cannot be asked, a stream that adapts goes by what waits in this process; of that the log has said enough. */
async function loadLinkState(): Promise<Pick<AppParts, "linkStateOf">> {
  return await loadLinkStateOf().then(
    (linkStateOf) => ({ linkStateOf }),
    () => ({}),
  );
}

function explainMissingCard(error: unknown): string {
  const [reason = ""] = describeError(error).split("\n");
  return `While a camera is gone its viewers see its last picture, since no card can be drawn: ${reason}`;
}
