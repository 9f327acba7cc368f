// @ts-check
import { join, sep } from "node:path";

/** Tests that start few programs and wait for little. */
const UNITS = paths(
  ...["abr", "auth", "config", "core", "drivers/http-client", "jpeg", "messages", "options", "protocols", "style"],
  ...["support", "transform", "util", "web"],
);

/** Tests over sockets, and of random data. */
const SOCKETS = paths("fuzz", "net", "tls");

/** Tests with emulated cameras. */
const CAMERAS = paths("drivers/v4l2", "drivers/webcam");

/** Stories of the server in the process of the test. */
const STORIES = paths(
  ...["app", "cli", "doctor", "recipes"],
  ...[
    ...["churn", "clock", "flood", "log", "main", "no-picture", "overlay", "reload"],
    ...["secrets", "send", "source-lost", "tcp", "udp"],
  ].map((name) => `e2e/${name}.test.ts`),
);

/** Tests of routes of a server in the process of the test. */
const ROUTES = paths(
  ...["access", "ingest", "limits", "routes", "server", "shared"].map((name) => `http/${name}`),
  ...["http/app.test.ts", "http/clock-jumps.test.ts", "metrics"],
);

/** Tests of streams that measure no memory, and start no programs. */
const STREAMS = paths(
  ...["in-flight-ledger", "live-route", "send-window", "subscription-link", "tiles"].map(
    (name) => `http/live/${name}.test.ts`,
  ),
  ...["disclosure", "feed", "multipart", "part-writer", "snapshot", "stream", "variants"].map(
    (name) => `http/streaming/${name}.test.ts`,
  ),
);

/** Tests in real browsers, which share one of each; three run at a time. */
const PAGES = paths("browser");

/** They start programs, and wait for their end or measure them. */
const ALONE = paths(
  "fuzz/single-bytes.fuzz.ts",
  ...["log/standard-stream", "process/child-process", "process/guard"].map((name) => `util/${name}.test.ts`),
);

/**
 * Divides test files into groups, each of one process; long ones come first.
 *
 * @param {readonly string[]} files
 */
export function plan(files) {
  const shared = [PAGES, UNITS, SOCKETS, CAMERAS, STORIES, ROUTES, STREAMS];
  const others = files.filter((file) => !isIn(file, shared.flat()));
  const groups = [...shared.map((paths) => files.filter((file) => isIn(file, paths))), ...others.map((file) => [file])];
  return groups.filter((group) => group.length > 0);
}

/** @param {string[]} names of folders and files in test/ */
function paths(...names) {
  return names.map((name) => join("test", ...name.split("/")) + (name.endsWith(".ts") ? "" : sep));
}

/**
 * @param {string} file
 * @param {readonly string[]} shared
 */
function isIn(file, shared) {
  return shared.some((path) => file.startsWith(path)) && !ALONE.includes(file);
}
