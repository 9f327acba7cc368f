import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import ejs from "ejs";
import express, { type Express, type Request, type RequestHandler, type Response, Router } from "express";
import type { LinkState } from "../abr/link-estimator.ts";
import type { Camera } from "../core/camera.ts";
import { type CameraList, CameraSet } from "../core/camera-set.ts";
import { MessageLog } from "../messages/message-log.ts";
import { Placeholders } from "../transform/placeholders.ts";
import { Variants } from "../transform/variants.ts";
import { cameraFor, camerasFor, type RequiredCapability } from "./access/authorization.ts";
import { Gate } from "./access/gate.ts";
import { admissionMiddleware, authenticationMiddleware, usersOnlyMiddleware } from "./access/middleware.ts";
import { type CrossOriginOptions, securityHeadersMiddleware } from "./access/security-headers.ts";
import { ingestRoute, type PublisherSlots } from "./ingest/ingest-route.ts";
import { accessRoute } from "./routes/access.ts";
import { readControlsRoute, writeControlsRoute } from "./routes/controls.ts";
import { devicesRoute } from "./routes/devices.ts";
import { doctorBurstRoute, doctorPageRoute, doctorReportRoute, doctorTimeRoute } from "./routes/doctor.ts";
import { barePageRoute, embedFrontRoute, embedPageRoute } from "./routes/embed.ts";
import { healthRoute } from "./routes/health.ts";
import { manifestRoute } from "./routes/manifest.ts";
import { messageStreamRoute } from "./routes/message-stream.ts";
import { listMessagesRoute, type MessagesOf, postMessageRoute } from "./routes/messages.ts";
import { type Metrics, metricsRoute } from "./routes/metrics.ts";
import { mjpgStreamerRoute } from "./routes/mjpg-streamer.ts";
import { addSlashMiddleware, cameraPageRoute, frontPageRoute, rootMiddleware } from "./routes/pages.ts";
import { publishCodeRoute, publishPageRoute } from "./routes/publish.ts";
import { shareCodeRoute } from "./routes/share.ts";
import { staticFilesRoute } from "./routes/static-files.ts";
import { reportCamera, reportState } from "./routes/status.ts";
import { tokensRoute } from "./routes/tokens.ts";
import { bodyTimeoutMiddleware } from "./server/body-timeout.ts";
import { drainTimeoutMiddleware } from "./server/drain-timeout.ts";
import { bodyPiecesMiddleware } from "./shared/body-pieces.ts";
import { errorMiddleware, HttpError, notFoundMiddleware } from "./shared/errors.ts";
import { NO_CACHE, optionsMiddleware } from "./shared/headers.ts";
import { ofEach } from "./shared/of-each.ts";
import type { OnRefused, Refusals } from "./shared/refusals.ts";
import { disclosureTo } from "./streaming/disclosure.ts";
import { Feeds } from "./streaming/feed.ts";
import { snapshotRoute } from "./streaming/snapshot.ts";
import { type CameraHandler, streamRoute } from "./streaming/stream.ts";
import { Viewers } from "./streaming/viewers.ts";

export interface AppOptions {
  /** A list that stays, or a set that may change. */
  readonly cameras: CameraList | CameraSet;
  readonly title?: string;
  readonly gate?: Gate;
  readonly crossOrigin?: CrossOriginOptions;
  /** Path all URLs start with, without a slash at its end. @default "" */
  readonly basePath?: string;
  /** What the server listens on, to tell a phone where it is found. @default "127.0.0.1" */
  readonly host?: string;
  readonly maxViewers?: number;
  /** Everybody who watches, to share them with others; then `maxViewers` is theirs to know. @default its own */
  readonly viewers?: Viewers;
  /** What is watched, to share it with others; then `repeatMs` is theirs to know. @default its own */
  readonly feeds?: Feeds;
  /** Prepares a viewer's socket so that the system queues little for it. @default leaves it as it is */
  readonly tuneSocket?: (socket: Socket) => void;
  /** How the link of a viewer's socket stands now. @default by what waits in this process */
  readonly linkStateOf?: (socket: Socket) => LinkState;
  /** How long a client may take no byte of what waits for it, in milliseconds. @default 30000 */
  readonly drainTimeoutMs?: number;
  readonly snapshotTimeoutMs?: number;
  /** After how long without a new picture the last is sent again, or a card, in milliseconds. @default 1000 */
  readonly repeatMs?: number;
  /** What viewers get while a camera is starting or gone. @default draws placeholders, and tells nobody if it cannot */
  readonly placeholders?: Placeholders;
  /** The variants of each camera, to share them with others. @default its own */
  readonly variants?: (camera: Camera) => Variants;
  /** How long a request's body may take, in milliseconds, unless it brings pictures. @default 30000 */
  readonly bodyTimeoutMs?: number;
  readonly publisherSlots?: PublisherSlots;
  readonly messagesOf?: MessagesOf;
  readonly listDevices?: () => Promise<readonly unknown[]>;
  readonly examine?: () => Promise<object>;
  /** The status of a camera's outputs, by the camera's name. @default there are none */
  readonly outputsOf?: (camera: string) => readonly object[];
  readonly onError?: (error: unknown) => void;
  /** Told of each answer that is an error. */
  readonly onRefused?: OnRefused;
  /** Told of each limit that an address has reached, and of each place that it gave up. */
  readonly onLimitReached?: Refusals["reached"];
  readonly metrics?: () => Promise<Metrics>;
}

const MAX_VIEWERS = 1000;

const VIEWS = fileURLToPath(new URL("../../views/", import.meta.url));

/** Everything stillstream answers over HTTP. Has no side effects and never listens: give it to `http.createServer`. */
export function createApp(parts: AppOptions): Express {
  const cameras = CameraSet.of(parts.cameras);
  const { title = "stillstream", basePath = "", onError = () => {} } = parts;
  const {
    variants = ofEach((camera) => new Variants(camera, { title: () => camera.title })),
    placeholders = new Placeholders(),
    publisherSlots = new Map(),
    messagesOf = ofEach(() => new MessageLog()),
    tuneSocket = () => {},
    linkStateOf = ({ writableLength }) => ({ queued: writableLength, inFlight: 0, rttMs: 0 }),
    listDevices = async () => [],
    examine = async () => ({ at: Date.now(), findings: [] }),
    outputsOf = () => [],
    metrics = async () => ({ type: "text/plain", text: "" }),
    gate = new Gate(),
    viewers = new Viewers(parts.maxViewers ?? MAX_VIEWERS),
    feeds = new Feeds(placeholders, parts.repeatMs),
    drainTimeoutMs,
    snapshotTimeoutMs,
  } = parts;
  const sendStream = streamRoute({ feeds, viewers, variants, tuneSocket, linkStateOf });
  const sendSnapshot = snapshotRoute({ variants, placeholders }, snapshotTimeoutMs);
  const receive = ingestRoute(publisherSlots);
  const report = (camera: Camera, request: Request) => {
    const outputs = outputsOf(camera.name);
    const belongings = { viewers, variants: variants(camera), outputs, publisherSlots, messagesOf };
    return reportCamera(camera, belongings, disclosureTo(request));
  };
  // What a handler takes a token for comes first; without tokens everybody may do everything.
  const first =
    (need: RequiredCapability, handle: CameraHandler): RequestHandler =>
    (request, response) =>
      handle(cameraFor(request, cameras, undefined, need), request, response);
  const named =
    (need: RequiredCapability, handle: CameraHandler): RequestHandler =>
    (request, response) =>
      handle(cameraFor(request, cameras, request.params["name"], need), request, response);
  const bySrc =
    (need: RequiredCapability, handle: CameraHandler): RequestHandler =>
    (request, response) =>
      handle(cameraFor(request, cameras, request.query["src"] || undefined, need), request, response);
  const sendJson = (response: Response, value: object) => response.set(NO_CACHE).json(value);

  const pages = { title, cameras, publisherSlots, host: parts.host ?? "127.0.0.1" };
  const routes = Router();
  routes.use("/public", staticFilesRoute());
  routes.get("/manifest.webmanifest", manifestRoute(title));
  routes.get("/healthz", healthRoute(cameras, gate));
  routes.get(["/api/access", "/cameras/:name/access"], accessRoute(cameras, gate));
  routes.use(authenticationMiddleware(gate));
  routes.get("/", mjpgStreamerRoute(cameras, { stream: sendStream, snapshot: sendSnapshot }), frontPageRoute(pages));
  routes.get("/video_feed", first("view", sendStream));
  routes.get("/snapshot.jpg", first("snapshot", sendSnapshot));
  routes.get("/cameras/:name", named("view", cameraPageRoute(pages)));
  routes.get("/cameras/:name/video_feed", named("view", sendStream));
  routes.get("/cameras/:name/snapshot.jpg", named("snapshot", sendSnapshot));
  routes.get("/embed", usersOnlyMiddleware, embedFrontRoute(pages));
  routes.get("/cameras/:name/embed", usersOnlyMiddleware, named("any", embedPageRoute(pages)));
  routes.get("/cameras/:name/bare", named("view", barePageRoute));
  routes.get("/cameras/:name/publish", named("push", publishPageRoute(pages)));
  routes.get("/cameras/:name/publish.svg", named("push", publishCodeRoute(pages)));
  routes.post("/cameras/:name/share.svg", named("view", shareCodeRoute));
  routes.post("/cameras/:name/frames", named("push", receive));
  routes.put("/cameras/:name/frames", named("push", receive));
  routes.get("/api/cameras", (request, response) => {
    sendJson(response, { cameras: camerasFor(request, cameras).map((camera) => report(camera, request)) });
  });
  const sendReport: CameraHandler = (camera, request, response) => void sendJson(response, report(camera, request));
  routes.get("/api/cameras/:name", named("any", sendReport));
  routes.get("/api/cameras/:name/controls", named("view", readControlsRoute));
  routes.patch("/api/cameras/:name/controls", named("control", writeControlsRoute));
  routes.get("/api/cameras/:name/messages", named("view", listMessagesRoute(messagesOf)));
  routes.post("/api/cameras/:name/messages", named("control", postMessageRoute(messagesOf)));
  routes.get("/api/cameras/:name/messages/stream", named("view", messageStreamRoute(messagesOf, parts.onLimitReached)));
  routes.post("/api/tokens", tokensRoute(cameras, gate));
  routes.get("/api/devices", usersOnlyMiddleware, devicesRoute(listDevices));
  routes.get("/doctor", usersOnlyMiddleware, doctorPageRoute(title));
  routes.get("/doctor/burst", usersOnlyMiddleware, doctorBurstRoute());
  routes.get("/metrics", usersOnlyMiddleware, metricsRoute(metrics));
  routes.get("/api/doctor", usersOnlyMiddleware, doctorReportRoute(examine));
  routes.get("/api/doctor/time", usersOnlyMiddleware, doctorTimeRoute);

  routes.get("/live", () => {
    throw new HttpError(426, "This address takes WebSockets alone: connect to it by ws:// or wss://.", {
      Upgrade: "websocket",
    });
  });

  // The names that other programs of this kind have taught clients.
  routes.get(["/stream", "/stream.mjpg"], first("view", sendStream));
  routes.get("/snapshot", first("snapshot", sendSnapshot));
  routes.get(
    "/state",
    first("view", (camera, request, response) => {
      sendJson(response, reportState(camera, viewers, disclosureTo(request)));
    }),
  );
  routes.get("/api/stream.mjpeg", bySrc("view", sendStream));
  routes.get("/api/frame.jpeg", bySrc("snapshot", sendSnapshot));

  const app = express();
  app.disable("x-powered-by");
  // Express's own last answer, where even our handler of errors fails, then has no stack trace.
  app.set("env", "production");
  app.enable("view cache");
  app.engine("ejs", ejs.renderFile);
  app.set("view engine", "ejs");
  app.set("views", VIEWS);
  app.set("trust proxy", gate.trust);
  app.use(
    bodyPiecesMiddleware(),
    drainTimeoutMiddleware(drainTimeoutMs),
    bodyTimeoutMiddleware(parts.bodyTimeoutMs),
    rootMiddleware(basePath),
  );
  app.use(
    securityHeadersMiddleware(gate, basePath, parts.crossOrigin),
    admissionMiddleware(gate),
    optionsMiddleware,
    addSlashMiddleware(basePath),
  );
  app.use(basePath === "" ? "/" : basePath, routes);
  app.use(notFoundMiddleware, errorMiddleware({ title, onError, onRefused: parts.onRefused }));
  return app;
}
