// @ts-check
import { join, sep } from "node:path";

/**
 * Files that one process runs, and the lane that the process belongs to.
 *
 * @typedef {object} Group
 * @property {string[]} files
 * @property {"browser" | "other"} lane
 */

/**
 * Folders and files of tests that share one process: they start few programs and wait for little.
 */
const UNITS = [
  ...["abr", "auth", "config", "core", "jpeg", "messages", "options", "protocols", "transform", "util", "web"].map(
    (name) => join("test", name) + sep,
  ),
  join("test", "drivers", "http-client") + sep,
  ...["client-address", "config", "jpeg", "protocols", "query"].map((name) => join("test", "fuzz", `${name}.fuzz.ts`)),
];

/** Tests of these folders share one process with emulated cameras. */
const CAMERAS = ["v4l2", "webcam"].map((name) => join("test", "drivers", name) + sep);

/** Stories of the server in the process of the test, which share one process. */
const STORIES = [
  ...["app", "cli", "doctor", "recipes"].map((name) => join("test", name) + sep),
  ...[
    ...["churn", "clock", "flood", "log", "main", "no-picture", "overlay", "reload"],
    ...["secrets", "send", "source-lost", "tcp", "udp"],
  ].map((name) => join("test", "e2e", `${name}.test.ts`)),
];

/** Files of these folders that start programs and wait for their end. */
const NOT_UNITS = ["log/standard-stream", "process/child-process", "process/guard"].map((name) =>
  join("test", "util", `${name}.test.ts`),
);

/**
 * How many groups of a lane run at a time. Tests mostly wait, so two cores run three processes.
 * Tests of pages run three at a time in one process, where they share a browser.
 */
export const AT_ONCE = { browser: 1, other: 2 };

/**
 * Divides test files into groups; long ones come first.
 *
 * @param {readonly string[]} files
 * @returns {Group[]}
 */
export function plan(files) {
  const units = files.filter(isUnit);
  const pages = files.filter(isPage);
  const cameras = files.filter(isOfCameras);
  const stories = files.filter(isStory);
  const others = files.filter((file) => ![isUnit, isPage, isOfCameras, isStory].some((isOne) => isOne(file)));
  /** @type {Group[]} */
  const groups = [
    { files: pages, lane: "browser" },
    { files: units, lane: "other" },
    { files: cameras, lane: "other" },
    { files: stories, lane: "other" },
    ...others.map((file) => ({ files: [file], lane: /** @type {const} */ ("other") })),
  ];
  return groups.filter(({ files }) => files.length > 0);
}

/** @param {string} file */
function isUnit(file) {
  return UNITS.some((start) => file.startsWith(start)) && !NOT_UNITS.includes(file);
}

/** @param {string} file */
function isPage(file) {
  return file.startsWith(join("test", "browser") + sep);
}

/** @param {string} file */
function isOfCameras(file) {
  return CAMERAS.some((start) => file.startsWith(start));
}

/** @param {string} file */
function isStory(file) {
  return STORIES.some((start) => file.startsWith(start));
}
