import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import ejs from "ejs";
import express, { type Express, type Request, type RequestHandler, type Response, Router } from "express";
import type { LinkState } from "../abr/link-estimator.ts";
import type { Camera } from "../core/camera.ts";
import { type CameraList, CameraSet } from "../core/camera-set.ts";
import { MessageLog } from "../messages/message-log.ts";
import { Cards } from "../transform/placeholders.ts";
import { Variants } from "../transform/variants.ts";
import { cameraFor, camerasFor, type Need } from "./access/authorization.ts";
import { Gate } from "./access/gate.ts";
import { identify, letIn, usersAlone } from "./access/middleware.ts";
import { type EmbeddingRules, embeddingHeaders } from "./access/security-headers.ts";
import { createReceiveHandler, type Inlets } from "./ingest/ingest-route.ts";
import { reportAccess } from "./routes/access.ts";
import { actionAlias } from "./routes/aliases.ts";
import { sendControls, setControls } from "./routes/controls.ts";
import { devicesHandler } from "./routes/devices.ts";
import { createBurst, createExamineHandler, doctorPage, sendTime } from "./routes/doctor.ts";
import { barePage, embedFront, embedPage } from "./routes/embed.ts";
import { healthHandlers } from "./routes/health.ts";
import { createManifest } from "./routes/manifest.ts";
import { createMessageStream } from "./routes/message-stream.ts";
import { createPostMessage, createSendMessages, type MessagesOf } from "./routes/messages.ts";
import { type Metrics, metricsHandler } from "./routes/metrics.ts";
import { addSlash, cameraPage, frontPage, setRoot } from "./routes/pages.ts";
import { createPublishCode, createPublishPage } from "./routes/publish.ts";
import { drawShareCode } from "./routes/share.ts";
import { staticFiles } from "./routes/static-files.ts";
import { reportCamera, reportState } from "./routes/status.ts";
import { createMakeToken } from "./routes/tokens.ts";
import { bodyTimeout } from "./server/body-timeout.ts";
import { drainTimeout } from "./server/drain-timeout.ts";
import { bodyPieces } from "./shared/body-pieces.ts";
import { errorHandler, HttpError, notFound } from "./shared/errors.ts";
import { answerOptions, NO_CACHE } from "./shared/headers.ts";
import { ofEach } from "./shared/of-each.ts";
import type { Refusals, TellRefused } from "./shared/refusals.ts";
import { disclosureTo } from "./streaming/disclosure.ts";
import { Feeds } from "./streaming/feed.ts";
import { createSnapshotHandler } from "./streaming/snapshot.ts";
import { type CameraHandler, createStreamHandler } from "./streaming/stream.ts";
import { Viewers } from "./streaming/viewers.ts";

export interface AppParts {
  /** A list that stays, or a set that may change. */
  readonly cameras: CameraList | CameraSet;
  /** What the pages are called. @default "stillstream" */
  readonly title?: string;
  /** Who is let in. @default local networks, by addresses and local names */
  readonly gate?: Gate;
  /** What pages of others may do. @default those of local networks show and read everything */
  readonly embedding?: EmbeddingRules;
  /** Path all URLs start with, without a slash at its end. @default "" */
  readonly basePath?: string;
  /** What the server listens on, to tell a phone where it is found. @default "127.0.0.1" */
  readonly host?: string;
  /** Viewers at a time. @default 1000 */
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
  /** How long a snapshot may take, in milliseconds. @default 5000 */
  readonly snapshotTimeoutMs?: number;
  /** After how long without a new picture the last is sent again, or a card, in milliseconds. @default 1000 */
  readonly repeatMs?: number;
  /** What viewers get while a camera is starting or gone. @default draws cards, and tells nobody if it cannot */
  readonly cards?: Cards;
  /** The variants of each camera, to share them with others. @default its own */
  readonly variants?: (camera: Camera) => Variants;
  /** How long a request's body may take, in milliseconds, unless it brings pictures. @default 30000 */
  readonly bodyTimeoutMs?: number;
  /** Where pictures are sent to cameras, by their names. @default none takes any */
  readonly inlets?: Inlets;
  /** The cameras' messages. @default none yet */
  readonly messagesOf?: MessagesOf;
  /** Looks for the cameras of this machine. @default finds none */
  readonly listDevices?: () => Promise<readonly unknown[]>;
  /** Examines cameras and machine. @default finds nothing */
  readonly examine?: () => Promise<object>;
  /** The status of a camera's outputs, by the camera's name. @default there are none */
  readonly outputsOf?: (camera: string) => readonly object[];
  /** Told of errors that are the program's own. */
  readonly onError?: (error: unknown) => void;
  /** Told of each answer that is an error. */
  readonly onRefused?: TellRefused;
  /** Told of each limit that an address has reached, and of each place that it gave up. */
  readonly onReached?: Refusals["reached"];
  /** What a monitor reads, and its type. @default nothing */
  readonly metrics?: () => Promise<Metrics>;
}

const MAX_VIEWERS = 1000;

const VIEWS = fileURLToPath(new URL("../../views/", import.meta.url));

/** Everything stillstream answers over HTTP. Has no side effects and never listens: give it to `http.createServer`. */
export function createApp(parts: AppParts): Express {
  const cameras = CameraSet.of(parts.cameras);
  const { title = "stillstream", basePath = "", onError = () => {} } = parts;
  const {
    variants = ofEach((camera) => new Variants(camera, { title: () => camera.title })),
    cards = new Cards(),
    inlets = new Map(),
    messagesOf = ofEach(() => new MessageLog()),
    tuneSocket = () => {},
    linkStateOf = ({ writableLength }) => ({ queued: writableLength, inFlight: 0, rttMs: 0 }),
    listDevices = async () => [],
    examine = async () => ({ at: Date.now(), findings: [] }),
    outputsOf = () => [],
    metrics = async () => ({ type: "text/plain", text: "" }),
    gate = new Gate(),
    viewers = new Viewers(parts.maxViewers ?? MAX_VIEWERS),
    feeds = new Feeds(cards, parts.repeatMs),
    drainTimeoutMs,
    snapshotTimeoutMs,
  } = parts;
  const sendStream = createStreamHandler({ feeds, viewers, variants, tuneSocket, linkStateOf });
  const sendSnapshot = createSnapshotHandler({ variants, cards }, snapshotTimeoutMs);
  const receive = createReceiveHandler(inlets);
  const report = (camera: Camera, request: Request) => {
    const outputs = outputsOf(camera.name);
    const belongings = { viewers, variants: variants(camera), outputs, inlets, messagesOf };
    return reportCamera(camera, belongings, disclosureTo(request));
  };
  // What a handler takes a token for comes first; without tokens everybody may do everything.
  const first =
    (need: Need, handle: CameraHandler): RequestHandler =>
    (request, response) =>
      handle(cameraFor(request, cameras, undefined, need), request, response);
  const named =
    (need: Need, handle: CameraHandler): RequestHandler =>
    (request, response) =>
      handle(cameraFor(request, cameras, request.params["name"], need), request, response);
  const bySrc =
    (need: Need, handle: CameraHandler): RequestHandler =>
    (request, response) =>
      handle(cameraFor(request, cameras, request.query["src"] || undefined, need), request, response);
  const sendJson = (response: Response, value: object) => response.set(NO_CACHE).json(value);

  const pages = { title, cameras, inlets, host: parts.host ?? "127.0.0.1" };
  const routes = Router();
  routes.use("/public", staticFiles());
  routes.get("/manifest.webmanifest", createManifest(title));
  routes.get("/healthz", healthHandlers(cameras, gate));
  routes.get(["/api/access", "/cameras/:name/access"], reportAccess(cameras, gate));
  routes.use(identify(gate));
  routes.get("/", actionAlias(cameras, { stream: sendStream, snapshot: sendSnapshot }), frontPage(pages));
  routes.get("/video_feed", first("view", sendStream));
  routes.get("/snapshot.jpg", first("snapshot", sendSnapshot));
  routes.get("/cameras/:name", named("view", cameraPage(pages)));
  routes.get("/cameras/:name/video_feed", named("view", sendStream));
  routes.get("/cameras/:name/snapshot.jpg", named("snapshot", sendSnapshot));
  routes.get("/embed", usersAlone, embedFront(pages));
  routes.get("/cameras/:name/embed", usersAlone, named("any", embedPage(pages)));
  routes.get("/cameras/:name/bare", named("view", barePage));
  routes.get("/cameras/:name/publish", named("push", createPublishPage(pages)));
  routes.get("/cameras/:name/publish.svg", named("push", createPublishCode(pages)));
  routes.post("/cameras/:name/share.svg", named("view", drawShareCode));
  routes.post("/cameras/:name/frames", named("push", receive));
  routes.put("/cameras/:name/frames", named("push", receive));
  routes.get("/api/cameras", (request, response) => {
    sendJson(response, { cameras: camerasFor(request, cameras).map((camera) => report(camera, request)) });
  });
  const sendReport: CameraHandler = (camera, request, response) => void sendJson(response, report(camera, request));
  routes.get("/api/cameras/:name", named("any", sendReport));
  routes.get("/api/cameras/:name/controls", named("view", sendControls));
  routes.patch("/api/cameras/:name/controls", named("control", setControls));
  routes.get("/api/cameras/:name/messages", named("view", createSendMessages(messagesOf)));
  routes.post("/api/cameras/:name/messages", named("control", createPostMessage(messagesOf)));
  routes.get("/api/cameras/:name/messages/stream", named("view", createMessageStream(messagesOf, parts.onReached)));
  routes.post("/api/tokens", createMakeToken(cameras, gate));
  routes.get("/api/devices", usersAlone, devicesHandler(listDevices));
  routes.get("/doctor", usersAlone, doctorPage(title));
  routes.get("/doctor/burst", usersAlone, createBurst());
  routes.get("/metrics", usersAlone, metricsHandler(metrics));
  routes.get("/api/doctor", usersAlone, createExamineHandler(examine));
  routes.get("/api/doctor/time", usersAlone, sendTime);

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
  app.use(bodyPieces(), drainTimeout(drainTimeoutMs), bodyTimeout(parts.bodyTimeoutMs), setRoot(basePath));
  app.use(embeddingHeaders(gate, basePath, parts.embedding), letIn(gate), answerOptions, addSlash(basePath));
  app.use(basePath === "" ? "/" : basePath, routes);
  app.use(notFound, errorHandler({ title, onError, onRefused: parts.onRefused }));
  return app;
}
