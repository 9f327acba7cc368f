import type { TestContext } from "node:test";
import type { Camera } from "../../src/core/camera.ts";
import { CameraSet } from "../../src/core/camera-set.ts";
import { type AppParts, createApp } from "../../src/http/app.ts";
import { Feeds } from "../../src/http/feed.ts";
import { createWebSockets } from "../../src/http/upgrade.ts";
import { Viewers } from "../../src/http/viewers.ts";
import { WebServer } from "../../src/http/web-server.ts";
import { Messages } from "../../src/messages/messages.ts";
import { loadNotsentLowat } from "../../src/net/notsent-lowat.ts";
import { Cards } from "../../src/variants/no-picture.ts";
import { Variants } from "../../src/variants/variants.ts";
import { listen } from "../support/serve.ts";

/** All that a page needs, /live with it, until the test ends. Gives the URL without a slash at its end. */
export async function serve(t: TestContext, parts: AppParts, port = 0): Promise<string> {
  const { web } = await createWeb(parts);
  const url = await listen(t, web.server, port);
  t.after(() => web.cut());
  return url;
}

/** The same, not listening yet. */
async function createWeb(parts: AppParts): Promise<{ web: WebServer; app: ReturnType<typeof createApp> }> {
  const cameras = CameraSet.of(parts.cameras);
  const own = new WeakMap(cameras.list.map((camera) => [camera, new Variants(camera)]));
  const messages = new Map(cameras.list.map(({ name }) => [name, new Messages()]));
  const { cards = new Cards(), messagesOf = ({ name }: Camera) => messages.get(name) as Messages } = parts;
  const watching = {
    title: "stillstream",
    viewers: new Viewers(1000),
    feeds: new Feeds(cards),
    variants: (camera: Camera) => own.get(camera) as Variants,
    tuneSocket: await loadNotsentLowat(),
  };
  const live = { ...watching, messagesOf };
  const app = createApp({ ...watching, ...parts, cards, messagesOf });
  const webSockets = createWebSockets({ cameras, inlets: new Map(), live, ...(parts.gate && { gate: parts.gate }) });
  return { web: new WebServer({ app, webSockets }), app };
}
