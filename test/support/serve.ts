import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { Camera } from "../../src/core/camera.ts";
import type { CameraOptions } from "../../src/core/camera-options.ts";
import { repair } from "../../src/jpeg/repair.ts";
import { createTestApp, type TestAppOptions } from "./app.ts";

/** Makes a camera over `open` with short times; closes it when the test ends. */
export function testCamera(t: TestContext, parts: Partial<CameraOptions> & Pick<CameraOptions, "open">): Camera {
  const name = parts.name ?? "test";
  const camera = new Camera({
    name,
    title: name,
    driver: "test",
    repair,
    lingerMs: 0,
    stallMs: 10_000,
    isAlwaysOn: false,
    pauses: { minPauseMs: 20, maxPauseMs: 100 },
    ...parts,
  });
  t.after(() => camera.close());
  return camera;
}

/**
 * Serves the app on a free port of 127.0.0.1; closes it when the test ends. Returns the URL without
 * a trailing slash.
 */
export async function serve(t: TestContext, parts: TestAppOptions): Promise<string> {
  return await listen(t, createServer(createTestApp(parts)));
}

/**
 * Listens on 127.0.0.1 until the test ends, by default on a free port. Returns the URL without a
 * trailing slash.
 */
export async function listen(t: TestContext, server: Server, port = 0): Promise<string> {
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
