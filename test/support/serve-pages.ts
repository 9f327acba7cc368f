import type { TestContext } from "node:test";
import { Gate } from "../../src/http/access/gate.ts";
import { WebServer } from "../../src/http/server/web-server.ts";
import { Feeds } from "../../src/http/streaming/feed.ts";
import { Viewers } from "../../src/http/streaming/viewers.ts";
import { webSocketRoutes } from "../../src/http/websocket-routes.ts";
import { MessageLog } from "../../src/messages/message-log.ts";
import { loadNotsentLowat } from "../../src/net/notsent-lowat.ts";
import { Placeholders } from "../../src/transform/placeholders.ts";
import { Variants } from "../../src/transform/variants.ts";
import { createTestApp, forEachCamera, type TestAppOptions } from "./app.ts";
import { listen } from "./serve.ts";

/**
 * Serves all that a page needs, `/live` too, until the test ends. Returns the URL without a
 * trailing slash.
 */
export async function servePages(t: TestContext, parts: TestAppOptions, port = 0): Promise<string> {
  const { web } = await createWeb(parts);
  const url = await listen(t, web.server, port);
  t.after(() => web.cut());
  return url;
}

/** A server that a test stops, and starts again at the same address. */
export interface RestartableServer {
  readonly url: string;
  /** Refuses connections from now on, and breaks those there are. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function serveRestartable(t: TestContext, parts: TestAppOptions): Promise<RestartableServer> {
  let { web } = await createWeb(parts);
  const url = await listen(t, web.server);
  const stop = async () => {
    const closed = new Promise((resolve) => web.server.close(resolve));
    web.cut();
    web.server.closeAllConnections();
    await closed;
  };
  t.after(() => web.cut());
  return {
    url,
    stop,
    async start() {
      ({ web } = await createWeb(parts));
      await listen(t, web.server, Number(new URL(url).port));
    },
  };
}

/** Creates the server; the caller listens. */
async function createWeb(parts: TestAppOptions): Promise<{ web: WebServer; app: ReturnType<typeof createTestApp> }> {
  const { cameras } = parts;
  const { placeholders = new Placeholders(), messagesOf = forEachCamera(() => new MessageLog()) } = parts;
  const watching = {
    title: "stillstream",
    viewers: new Viewers(1000),
    feeds: new Feeds(placeholders),
    variants: forEachCamera((camera) => new Variants(camera)),
    tuneSocket: await loadNotsentLowat(),
  };
  const live = { ...watching, messagesOf };
  const app = createTestApp({ ...watching, ...parts, placeholders, messagesOf });
  const webSockets = webSocketRoutes({
    cameras,
    publisherSlots: new Map(),
    live,
    gate: parts.gate ?? new Gate(),
  });
  return { web: new WebServer({ app, webSockets }), app };
}
