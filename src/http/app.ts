import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import ejs from "ejs";
import express, { type Express, type RequestHandler, type Response, Router } from "express";
import type { Camera } from "../core/camera.ts";
import { Cards } from "../variants/no-picture.ts";
import { Variants } from "../variants/variants.ts";
import { actionAlias } from "./aliases.ts";
import { sendControls, setControls } from "./controls.ts";
import { devicesHandler } from "./devices.ts";
import { drainTimeout } from "./drain-timeout.ts";
import { errorHandler, HttpError, notFound } from "./errors.ts";
import { Feeds } from "./feed.ts";
import { allowEmbedding, NO_CACHE } from "./headers.ts";
import { cameraPage, frontPage, setRoot } from "./pages.ts";
import { createSnapshotHandler } from "./snapshot.ts";
import { reportCamera, reportHealth, reportState } from "./status.ts";
import { type CameraHandler, createStreamHandler } from "./stream.ts";
import { Viewers } from "./viewers.ts";

export interface AppParts {
  /** At least one; the first is what URLs without a name mean. */
  readonly cameras: readonly [Camera, ...Camera[]];
  /** What the pages are called. @default "stillstream" */
  readonly title?: string;
  /** Path all URLs start with, without a slash at its end. @default "" */
  readonly basePath?: string;
  /** Streams at a time. @default 1000 */
  readonly maxViewers?: number;
  /** Prepares a viewer's socket so that the system queues little for it. @default leaves it as it is */
  readonly tuneSocket?: (socket: Socket) => void;
  /** How long a client may take no byte of what waits for it, in milliseconds. @default 30000 */
  readonly drainTimeoutMs?: number;
  /** How long a snapshot may take, in milliseconds. @default 5000 */
  readonly snapshotTimeoutMs?: number;
  /** After how long without a new picture the last is sent again, or a card, in milliseconds. @default 1000 */
  readonly repeatMs?: number;
  /** What viewers get while a camera is starting or gone. @default draws cards, and tells nobody if it cannot */
  readonly cards?: Cards;
  /** The variants of each camera, to share them with others. @default its own */
  readonly variants?: (camera: Camera) => Variants;
  /** Looks for the cameras of this machine. @default finds none */
  readonly listDevices?: () => Promise<readonly unknown[]>;
  /** The status of a camera's outputs, by the camera's name. @default there are none */
  readonly outputsOf?: (camera: string) => readonly object[];
  /** Told of errors that are the program's own. */
  readonly onError?: (error: unknown) => void;
}

const VIEWS = fileURLToPath(new URL("../../views/", import.meta.url));
const PUBLIC = fileURLToPath(new URL("../../public/", import.meta.url));

/** Everything stillstream answers over HTTP. Has no side effects and never listens: give it to `http.createServer`. */
export function createApp(parts: AppParts): Express {
  const { cameras, title = "stillstream", basePath = "", maxViewers = 1000, onError = () => {} } = parts;
  const byName = new Map(cameras.map((camera) => [camera.name, camera]));
  const viewers = new Viewers(maxViewers);
  const {
    variants = variantsOf(cameras),
    cards = new Cards(),
    tuneSocket = () => {},
    listDevices = async () => [],
    outputsOf = () => [],
    drainTimeoutMs,
    snapshotTimeoutMs,
    repeatMs,
  } = parts;
  const sendStream = createStreamHandler({ feeds: new Feeds(cards, repeatMs), viewers, variants, tuneSocket });
  const sendSnapshot = createSnapshotHandler({ variants, cards }, snapshotTimeoutMs);
  const report = (camera: Camera) => {
    return reportCamera(camera, { viewers, variants: variants(camera), outputs: outputsOf(camera.name) });
  };

  /** The camera of that name; without a name, the first. Names have no capitals, and phones begin every word with one. */
  const find = (name: unknown): Camera => {
    const camera = name === undefined ? cameras[0] : byName.get(String(name).toLowerCase());
    if (camera !== undefined) return camera;
    throw new HttpError(404, `There is no camera ${JSON.stringify(name)}; there is ${[...byName.keys()].join(", ")}.`);
  };
  const first =
    (handle: CameraHandler): RequestHandler =>
    (request, response) =>
      handle(cameras[0], request, response);
  const named =
    (handle: CameraHandler): RequestHandler =>
    (request, response) =>
      handle(find(request.params["name"]), request, response);
  const bySrc =
    (handle: CameraHandler): RequestHandler =>
    (request, response) =>
      handle(find(request.query["src"] || undefined), request, response);
  const sendJson = (response: Response, value: object) => response.set(NO_CACHE).json(value);

  const routes = Router();
  routes.use("/public", express.static(PUBLIC, { index: false, redirect: false }));
  routes.get("/", actionAlias(cameras, { stream: sendStream, snapshot: sendSnapshot }), frontPage({ title, cameras }));
  routes.get("/video_feed", first(sendStream));
  routes.get("/snapshot.jpg", first(sendSnapshot));
  routes.get("/cameras/:name", named(cameraPage({ title, cameras })));
  routes.get("/cameras/:name/video_feed", named(sendStream));
  routes.get("/cameras/:name/snapshot.jpg", named(sendSnapshot));
  routes.get("/api/cameras", (_request, response) => {
    sendJson(response, { cameras: cameras.map(report) });
  });
  routes.get(
    "/api/cameras/:name",
    named((camera, _request, response) => {
      sendJson(response, report(camera));
    }),
  );
  routes.get("/api/cameras/:name/controls", named(sendControls));
  routes.patch("/api/cameras/:name/controls", named(setControls));
  routes.get("/api/devices", devicesHandler(listDevices));
  routes.get("/healthz", (_request, response) => {
    const health = reportHealth(cameras);
    sendJson(response.status(health.status === "ok" ? 200 : 503), health);
  });

  // The names that other programs of this kind have taught clients.
  routes.get(["/stream", "/stream.mjpg"], first(sendStream));
  routes.get("/snapshot", first(sendSnapshot));
  routes.get(
    "/state",
    first((camera, _request, response) => {
      sendJson(response, reportState(camera, viewers));
    }),
  );
  routes.get("/api/stream.mjpeg", bySrc(sendStream));
  routes.get("/api/frame.jpeg", bySrc(sendSnapshot));

  const app = express();
  app.disable("x-powered-by");
  app.enable("view cache");
  app.engine("ejs", ejs.renderFile);
  app.set("view engine", "ejs");
  app.set("views", VIEWS);
  app.use(drainTimeout(drainTimeoutMs), allowEmbedding, setRoot(basePath));
  app.use(basePath === "" ? "/" : basePath, routes);
  app.use(notFound, errorHandler({ title, onError }));
  return app;
}

function variantsOf(cameras: readonly Camera[]): (camera: Camera) => Variants {
  const byCamera = new Map(cameras.map((camera) => [camera, new Variants(camera)]));
  return (camera) => byCamera.get(camera) as Variants;
}
