import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import ejs from "ejs";
import express, { type Express, type Request, type RequestHandler, type Response, Router } from "express";
import type { Camera } from "../core/camera.ts";
import { type CameraList, CameraSet } from "../core/camera-set.ts";
import type { LinkState } from "../core/link-meter.ts";
import { Messages } from "../messages/messages.ts";
import { Cards } from "../variants/no-picture.ts";
import { Variants } from "../variants/variants.ts";
import { reportAccess } from "./access.ts";
import { actionAlias } from "./aliases.ts";
import { bodyPieces } from "./body-pieces.ts";
import { bodyTimeout } from "./body-timeout.ts";
import { sendControls, setControls } from "./controls.ts";
import { devicesHandler } from "./devices.ts";
import { disclosureTo } from "./disclosure.ts";
import { createBurst, createExamineHandler, doctorPage, sendTime } from "./doctor.ts";
import { drainTimeout } from "./drain-timeout.ts";
import { barePage, embedFront, embedPage } from "./embed.ts";
import { type EmbeddingRules, embeddingHeaders } from "./embedding.ts";
import { errorHandler, HttpError, notFound } from "./errors.ts";
import { Feeds } from "./feed.ts";
import { Gate } from "./gate.ts";
import { answerOptions, NO_CACHE } from "./headers.ts";
import { healthHandlers } from "./health.ts";
import { identify, letIn, usersAlone } from "./let-in.ts";
import { createManifest } from "./manifest.ts";
import { createMessageStream } from "./message-stream.ts";
import { createPostMessage, createSendMessages, type MessagesOf } from "./messages.ts";
import { type Metrics, metricsHandler } from "./metrics.ts";
import { ofEach } from "./of-each.ts";
import { addSlash, cameraPage, frontPage, setRoot } from "./pages.ts";
import { cameraFor, camerasFor, type Need } from "./permission.ts";
import { createPublishCode, createPublishPage } from "./publish.ts";
import { createReceiveHandler, type Inlets } from "./receive.ts";
import type { Refusals, TellRefused } from "./refusals.ts";
import { drawShareCode } from "./share.ts";
import { createSnapshotHandler } from "./snapshot.ts";
import { staticFiles } from "./static-files.ts";
import { reportCamera, reportState } from "./status.ts";
import { type CameraHandler, createStreamHandler } from "./stream.ts";
import { createMakeToken } from "./tokens.ts";
import { Viewers } from "./viewers.ts";

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
    messagesOf = ofEach(() => new Messages()),
    tuneSocket = () => {},
    linkStateOf = ({ writableLength }) => ({ queued: writableLength, inFlight: 0, roundTripMs: 0 }),
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
