import { spawn } from "node:child_process";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import type { TestContext } from "node:test";
import type { Camera } from "../../../src/core/camera.ts";
import type { CameraOptions } from "../../../src/core/camera-options.ts";
import { PublisherSlot, type PublisherSlotOptions } from "../../../src/core/ingest/publisher-slot.ts";
import { push } from "../../../src/drivers/push.ts";
import { Gate } from "../../../src/http/access/gate.ts";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { WebServer } from "../../../src/http/server/web-server.ts";
import { type WebSocketRoutesOptions, webSocketRoutes } from "../../../src/http/websocket-routes.ts";
import { createTestApp, type TestAppOptions } from "../app.ts";
import { FAKE_FRAMES, peerScript } from "../paths.ts";
import { listen, testCamera } from "../serve.ts";
import { PYTHON } from "../tools.ts";

/** A `push` camera and its publisher slot. */
export interface PushCamera {
  readonly camera: Camera;
  readonly inlet: PublisherSlot;
  /** Each frame from now on, in order. */
  readonly shown: Buffer[];
}

export interface PushCameraOptions extends Partial<PublisherSlotOptions> {
  readonly name?: string;
  readonly parts?: Partial<CameraOptions>;
}

/** Opens the camera at once; closes it when the test ends. */
export function pushCamera(t: TestContext, { name = "phone", parts, ...options }: PushCameraOptions = {}): PushCamera {
  const inlet = new PublisherSlot({ stallMs: 10_000, ...options });
  const shown: Buffer[] = [];
  const camera = testCamera(t, {
    name,
    driver: "push",
    isListening: true,
    isAlwaysOn: true,
    async *open(context) {
      for await (const jpeg of push.open({}, { ...context, publisherSlot: inlet })) {
        shown.push(Buffer.from(jpeg));
        yield jpeg;
      }
    },
    ...parts,
  });
  camera.start();
  t.after(() => inlet.close());
  return { camera, inlet, shown };
}

export interface PushServer {
  /** Without a trailing slash. */
  readonly url: string;
  readonly web: WebServer;
  report(name?: string): Promise<CameraReport>;
  post(body: Uint8Array | string, headers?: Record<string, string>, query?: string): Promise<Response>;
}

/** Serves all routes over `push` cameras; closes the server when the test ends. */
export async function servePush(
  t: TestContext,
  cameras: readonly [PushCamera, ...PushCamera[]],
  { tlsPem, pingMs, port = 0, others = [], headers = {}, ...parts }: ServePushOptions = {},
): Promise<PushServer> {
  const shared = {
    cameras: [...cameras.map(({ camera }) => camera), ...others] as [Camera, ...Camera[]],
    publisherSlots: new Map(cameras.map(({ camera, inlet }) => [camera.name, inlet])),
    gate: new Gate(),
    ...parts,
  };
  const routes: WebSocketRoutesOptions = { ...shared, ...(pingMs !== undefined && { pingMs }) };
  const own = createTestApp(shared);
  const app: RequestListener = (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    own(request, response);
  };
  const web = new WebServer({ app, webSockets: webSocketRoutes(routes), tlsPem });
  const plain = await listen(t, web.server, port);
  t.after(() => web.cut());
  const url = (tlsPem === undefined ? plain : plain.replace("http:", "https:")) + (parts.basePath ?? "");
  return {
    url,
    web,
    report: async (name = "phone") => (await (await fetch(`${url}/api/cameras/${name}`)).json()) as CameraReport,
    post: (body, headers = { "Content-Type": "image/jpeg" }, query = "") =>
      fetch(`${url}/cameras/phone/frames${query}`, { method: "POST", headers, body: body as BodyInit }),
  };
}

export interface ServePushOptions extends Partial<Omit<TestAppOptions, "cameras" | "publisherSlots">> {
  readonly tlsPem?: string;
  readonly pingMs?: number;
  /** Headers that a proxy would add to every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** @default any free port */
  readonly port?: number;
  /** Cameras that capture their own frames. */
  readonly others?: readonly Camera[];
}

const SCRIPT = peerScript("push_sender.py");

/**
 * Runs push_sender.py to its end, with the three images `times` times; returns the facts it
 * printed.
 */
export async function runPublisher(mode: string, url: string, times = 1): Promise<Record<string, unknown>[]> {
  const pictures = Array.from({ length: times }, () => FAKE_FRAMES).flat();
  const child = spawn(PYTHON, [SCRIPT, mode, url, ...pictures], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  await once(child, "close");
  return output
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
