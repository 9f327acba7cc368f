import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import ejs from "ejs";
import express, { type Express, type RequestHandler, Router } from "express";
import type { LinkState } from "../abr/link-estimator.ts";
import { type CameraList, CameraSet } from "../core/camera-set.ts";
import type { Placeholders } from "../transform/placeholders.ts";
import { cameraHandlers } from "./access/camera-handler.ts";
import type { Gate } from "./access/gate.ts";
import { admissionMiddleware, authenticationMiddleware, usersOnlyMiddleware } from "./access/middleware.ts";
import { type CrossOriginOptions, securityHeadersMiddleware } from "./access/security-headers.ts";
import { ingestRoute } from "./ingest/ingest-route.ts";
import { bodyPiecesMiddleware } from "./limits/body-pieces.ts";
import type { OnRefused, Refusals } from "./limits/refusals.ts";
import { accessRoute } from "./routes/access.ts";
import { barePageRoute } from "./routes/bare.ts";
import { cameraPageRoute } from "./routes/camera-page.ts";
import { type CameraReportOptions, cameraRoute, camerasRoute } from "./routes/cameras.ts";
import { readControlsRoute, writeControlsRoute } from "./routes/controls.ts";
import { devicesRoute } from "./routes/devices.ts";
import { doctorBurstRoute, doctorPageRoute, doctorReportRoute, doctorTimeRoute } from "./routes/doctor.ts";
import { embedFrontRoute, embedPageRoute } from "./routes/embed.ts";
import { errorMiddleware, notFoundMiddleware } from "./routes/errors.ts";
import { frontPageRoute } from "./routes/front-page.ts";
import { healthRoute } from "./routes/health.ts";
import { manifestRoute } from "./routes/manifest.ts";
import { messageStreamRoute } from "./routes/message-stream.ts";
import { listMessagesRoute, postMessageRoute } from "./routes/messages.ts";
import { type Metrics, metricsRoute } from "./routes/metrics.ts";
import { mjpgStreamerRoute } from "./routes/mjpg-streamer.ts";
import { optionsMiddleware } from "./routes/options.ts";
import { publishCodeRoute, publishPageRoute } from "./routes/publish.ts";
import { shareCodeRoute } from "./routes/share.ts";
import { staticFilesRoute } from "./routes/static-files.ts";
import { tokensRoute } from "./routes/tokens.ts";
import { ustreamerStateRoute } from "./routes/ustreamer-state.ts";
import { addSlashMiddleware, rootMiddleware } from "./server/base-path.ts";
import { bodyTimeoutMiddleware, drainTimeoutMiddleware } from "./server/timeouts.ts";
import { HttpError } from "./shared/http-error.ts";
import type { Feeds } from "./streaming/feed.ts";
import { snapshotRoute } from "./streaming/snapshot.ts";
import { streamRoute } from "./streaming/stream.ts";

export interface AppOptions extends CameraReportOptions {
  readonly cameras: CameraList | CameraSet;
  readonly title: string;
  /** Without a slash at its end; empty for none. */
  readonly basePath: string;
  /** For links that other devices open. */
  readonly host: string;
  readonly gate: Gate;
  readonly crossOrigin: CrossOriginOptions;
  readonly feeds: Feeds;
  readonly placeholders: Placeholders;
  readonly tuneSocket: (socket: Socket) => void;
  readonly linkStateOf: (socket: Socket) => LinkState;
  readonly listDevices: () => Promise<readonly unknown[]>;
  readonly examine: () => Promise<object>;
  readonly readMetrics: () => Promise<Metrics>;
  /** Receives the program's own errors. */
  readonly onError: (error: unknown) => void;
  readonly onRefused: OnRefused;
  readonly onLimitReached: Refusals["reached"];
  /** @default 30000 */
  readonly drainTimeoutMs?: number;
  /** Frames excepted. @default 30000 */
  readonly bodyTimeoutMs?: number;
  /** @default 5000 */
  readonly snapshotTimeoutMs?: number;
}

const VIEWS = fileURLToPath(new URL("../../views/", import.meta.url));

/** Returns the Express app, which never listens: give it to `http.createServer`. */
export function createApp(options: AppOptions): Express {
  const { basePath, gate } = options;
  const app = express();
  app.disable("x-powered-by");
  // Hides stack traces if our own error handler fails.
  app.set("env", "production");
  app.enable("view cache");
  app.engine("ejs", ejs.renderFile);
  app.set("view engine", "ejs");
  app.set("views", VIEWS);
  app.set("trust proxy", gate.trust);
  app.use(bodyPiecesMiddleware());
  app.use(drainTimeoutMiddleware(options.drainTimeoutMs));
  app.use(bodyTimeoutMiddleware(options.bodyTimeoutMs));
  app.use(rootMiddleware(basePath));
  app.use(securityHeadersMiddleware(gate, basePath, options.crossOrigin));
  app.use(admissionMiddleware(gate));
  app.use(optionsMiddleware());
  app.use(addSlashMiddleware(basePath));
  app.use(basePath === "" ? "/" : basePath, createRoutes(options));
  app.use(notFoundMiddleware());
  app.use(errorMiddleware(options));
  return app;
}

function createRoutes(options: AppOptions): Router {
  const { title, host, gate, viewers, publisherSlots, messagesOf } = options;
  const cameras = CameraSet.of(options.cameras);
  const { first, named, bySrc } = cameraHandlers(cameras);
  const usersOnly = usersOnlyMiddleware();
  const stream = streamRoute(options);
  const snapshot = snapshotRoute(options, options.snapshotTimeoutMs);
  const ingest = named("push", ingestRoute(publisherSlots));
  const pages = { title, cameras, publisherSlots, host };
  const routes = Router();

  // Without a password or token.
  routes.use("/public", staticFilesRoute());
  routes.get("/manifest.webmanifest", manifestRoute(title));
  routes.get("/healthz", healthRoute(cameras, gate));
  routes.get(["/api/access", "/cameras/:name/access"], accessRoute(cameras, gate));
  routes.use(authenticationMiddleware(gate));

  // The first camera, or all of them.
  routes.get("/", mjpgStreamerRoute({ cameras, stream, snapshot }), frontPageRoute(pages));
  routes.get("/video_feed", first("view", stream));
  routes.get("/snapshot.jpg", first("snapshot", snapshot));
  routes.get("/embed", usersOnly, embedFrontRoute(pages));

  // One camera.
  routes.get("/cameras/:name", named("view", cameraPageRoute(pages)));
  routes.get("/cameras/:name/video_feed", named("view", stream));
  routes.get("/cameras/:name/snapshot.jpg", named("snapshot", snapshot));
  routes.get("/cameras/:name/embed", usersOnly, named("any", embedPageRoute(pages)));
  routes.get("/cameras/:name/bare", named("view", barePageRoute()));
  routes.get("/cameras/:name/publish", named("push", publishPageRoute(pages)));
  routes.get("/cameras/:name/publish.svg", named("push", publishCodeRoute(pages)));
  routes.post("/cameras/:name/share.svg", named("view", shareCodeRoute()));
  routes.route("/cameras/:name/frames").post(ingest).put(ingest);

  routes.get("/api/cameras", camerasRoute(cameras, options));
  routes.get("/api/cameras/:name", named("any", cameraRoute(options)));
  routes.get("/api/cameras/:name/controls", named("view", readControlsRoute()));
  routes.patch("/api/cameras/:name/controls", named("control", writeControlsRoute()));
  routes.get("/api/cameras/:name/messages", named("view", listMessagesRoute(messagesOf)));
  routes.post("/api/cameras/:name/messages", named("control", postMessageRoute(messagesOf)));
  routes.get("/api/cameras/:name/messages/stream", named("view", messageStreamRoute(options)));

  // The server.
  routes.post("/api/tokens", tokensRoute(cameras, gate));
  routes.get("/api/devices", usersOnly, devicesRoute(options.listDevices));
  routes.get("/doctor", usersOnly, doctorPageRoute(title));
  routes.get("/doctor/burst", usersOnly, doctorBurstRoute());
  routes.get("/api/doctor", usersOnly, doctorReportRoute(options.examine));
  routes.get("/api/doctor/time", usersOnly, doctorTimeRoute());
  routes.get("/metrics", usersOnly, metricsRoute(options.readMetrics));
  routes.get("/live", requireWebSocket);

  // URLs that clients of other programs know.
  routes.get(["/stream", "/stream.mjpg"], first("view", stream));
  routes.get("/snapshot", first("snapshot", snapshot));
  routes.get("/state", first("view", ustreamerStateRoute(viewers)));
  routes.get("/api/stream.mjpeg", bySrc("view", stream));
  routes.get("/api/frame.jpeg", bySrc("snapshot", snapshot));
  return routes;
}

const requireWebSocket: RequestHandler = () => {
  throw new HttpError(426, "WebSocket required. Connect with ws:// or wss://.", { Upgrade: "websocket" });
};
