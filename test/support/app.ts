import type { Express } from "express";
import type { Camera } from "../../src/core/camera.ts";
import { Gate } from "../../src/http/access/gate.ts";
import { type AppOptions, createApp } from "../../src/http/app.ts";
import { Feeds } from "../../src/http/streaming/feed.ts";
import { Viewers } from "../../src/http/streaming/viewers.ts";
import { MessageLog } from "../../src/messages/message-log.ts";
import { Placeholders } from "../../src/transform/placeholders.ts";
import { Variants } from "../../src/transform/variants.ts";

/** Leaves out what a test does not care about. */
export interface TestAppOptions extends Partial<Omit<AppOptions, "cameras">>, Pick<AppOptions, "cameras"> {
  /** Of the viewers, unless they are given. @default 1000 */
  readonly maxViewers?: number;
  /** Of the feeds, unless they are given. @default as in production */
  readonly repeatMs?: number | undefined;
}

/** Returns the app with everything a test leaves out: local networks without a password. */
export function createTestApp({ maxViewers = 1000, repeatMs, ...options }: TestAppOptions): Express {
  const placeholders = options.placeholders ?? new Placeholders();
  return createApp({
    title: "stillstream",
    basePath: "",
    host: "127.0.0.1",
    gate: new Gate(),
    crossOrigin: {},
    viewers: new Viewers(maxViewers),
    feeds: new Feeds(placeholders, repeatMs),
    variants: forEachCamera((camera) => new Variants(camera, { title: () => camera.title })),
    messagesOf: forEachCamera(() => new MessageLog()),
    publisherSlots: new Map(),
    outputsOf: () => [],
    tuneSocket: () => {},
    linkStateOf: ({ writableLength }) => ({ queued: writableLength, inFlight: 0, rttMs: 0 }),
    listDevices: async () => [],
    examine: async () => ({ at: Date.now(), findings: [] }),
    readMetrics: async () => ({ type: "text/plain", text: "" }),
    onError: () => {},
    onRefused: () => {},
    onLimitReached: () => {},
    ...options,
    placeholders,
  });
}

/** Creates something for each camera when it is first asked for. */
export function forEachCamera<T>(create: (camera: Camera) => T): (camera: Camera) => T {
  const created = new WeakMap<Camera, T>();
  return (camera) => {
    const own = created.get(camera) ?? create(camera);
    created.set(camera, own);
    return own;
  };
}
