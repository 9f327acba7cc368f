// @ts-check
/*
 * Prepares a fresh clone: dependencies, build, and the tools that the tests use. Needs only Node
 * itself, and skips finished steps.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** The oldest Node that works: Raspberry Pi OS ships it. */
const OLDEST_NODE = 20;

/** Installs the dependencies if package-lock.json has changed since it last did. */
export function installDependencies() {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    fail(
      `stillstream needs Node ${OLDEST_NODE} or newer, and this is ${process.versions.node}; see https://nodejs.org/`,
    );
  }
  const stamp = join(root, "node_modules", ".installed");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  say("Installing dependencies …");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  // Not `npm ci`: it refuses a lock file that lacks the binaries of other platforms.
  const options = ["--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  run(npm, ["install", ...options], { shell: process.platform === "win32" });
  writeFileSync(stamp, wanted);
}

/**
 * Compiles the server and bundles the pages, from src/ to dist/, if anything in it is newer than
 * the last build.
 */
export function build() {
  const stamp = join(root, "dist", ".built");
  const inputs = ["src", "scripts/build-pages.mjs", "tsconfig.json", "tsconfig.build.json", "package-lock.json"];
  if (!hasChanged(inputs, stamp)) return;
  say("Building …");
  const start = new Date();
  // First: the rest may be interrupted.
  rmSync(stamp, { force: true });
  rmSync(join(root, "dist"), { recursive: true, force: true });
  runTool("typescript/bin/tsc", ["-p", "tsconfig.build.json"]);
  run(process.execPath, [join("scripts", "build-pages.mjs")]);
  stampWith(stamp, start);
}

/**
 * Writes the file that tells when a build began: what changes during the build is newer.
 *
 * @param {string} stamp
 * @param {Date} start
 */
export function stampWith(stamp, start) {
  writeFileSync(stamp, "");
  utimesSync(stamp, start, start);
}

/**
 * Returns whether one of the files and folders has changed since a file was written, or there is no
 * such file.
 *
 * @param {readonly string[]} inputs from the project's folder
 * @param {string} stamp
 */
export function hasChanged(inputs, stamp) {
  if (!existsSync(stamp)) return true;
  return Math.max(...inputs.map((name) => newestChange(join(root, name)))) >= statSync(stamp).mtimeMs;
}

/**
 * Runs a script of an installed package.
 *
 * @param {string} path below node_modules
 * @param {string[]} args
 */
export function runTool(path, args) {
  run(process.execPath, [join(root, "node_modules", path), ...args]);
}

/**
 * The tools of the tests apart from Node: the programs that prove a tool is installed, and its
 * Debian packages.
 * @type {{ name: string, programs: string[], packages: string[] }[]}
 */
const TOOLS = [
  { name: "ffmpeg", programs: ["ffmpeg", "ffprobe"], packages: ["ffmpeg"] },
  { name: "fswebcam", programs: ["fswebcam"], packages: ["fswebcam"] },
  { name: "Chromium", programs: ["chromium"], packages: ["chromium"] },
  { name: "Firefox", programs: ["firefox-esr"], packages: ["firefox-esr"] },
  { name: "djpeg", programs: ["djpeg"], packages: ["libjpeg-turbo-progs"] },
  { name: "a C compiler", programs: ["cc"], packages: ["gcc", "libc6-dev"] },
  { name: "curl", programs: ["curl"], packages: ["curl"] },
  { name: "argon2", programs: ["argon2"], packages: ["argon2"] },
  {
    name: "libfaketime",
    programs: ["faketime"],
    packages: ["faketime", "libfaketime"],
  },
  { name: "openssl", programs: ["openssl"], packages: ["openssl"] },
  { name: "Python", programs: ["python3"], packages: ["python3"] },
  { name: "systemd-analyze", programs: ["systemd-analyze"], packages: ["systemd"] },
  { name: "time zones", programs: ["/usr/share/zoneinfo/Asia/Kathmandu"], packages: ["tzdata"] },
  { name: "OpenCV for Python", programs: ["/usr/lib/python3/dist-packages/cv2.*.so"], packages: ["python3-opencv"] },
  { name: "VLC", programs: ["vlc"], packages: ["vlc-bin", "vlc-plugin-base"] },
  { name: "nginx", programs: ["nginx"], packages: ["nginx-light"] },
  { name: "Apache", programs: ["apache2"], packages: ["apache2-bin"] },
  { name: "Caddy", programs: ["caddy"], packages: ["caddy"] },
];

/** Installs missing tools on Debian as root. Otherwise prints the command that would. */
export function installTools() {
  const missing = TOOLS.filter(({ programs }) => !programs.every(isThere));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(", ");
  const packages = missing.flatMap(({ packages }) => packages);
  const install = ["apt-get", "install", "-y", "--no-install-recommends", ...packages];
  if (process.getuid?.() === 0 && isThere("apt-get")) {
    say(`Installing ${names} …`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    /** @type {import("node:child_process").SpawnSyncOptions} */
    const quiet = { env, stdio: ["ignore", "ignore", "inherit"] };
    spawnSync("apt-get", ["update"], quiet);
    spawnSync("apt-get", install.slice(1), quiet);
  }
  if (missing.every(({ programs }) => programs.every(isThere))) return;
  say(`Tests that need ${names} are skipped. To run them: sudo ${install.join(" ")}`);
}

/** Prepares a fresh clone for its tests. */
export function makeReady() {
  installDependencies();
  build();
  installTools();
}

/**
 * Parses the value of an option, a number above 0; exits with an error for any other value.
 * @param {string} option such as `--minutes`
 * @param {string} text
 */
export function positive(option, text) {
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  fail(`${option} must be a number above 0, got ${JSON.stringify(text)}`);
}

/**
 * Returns true if a program is on the PATH, or if a file matches an absolute path. The last part of
 * the path may hold one `*`.
 * @param {string} program
 */
function isThere(program) {
  if (!program.startsWith("/")) {
    return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
  }
  const [folder, pattern] = [program.slice(0, program.lastIndexOf("/")), program.slice(program.lastIndexOf("/") + 1)];
  const [start = "", end = ""] = pattern.split("*");
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith(start) && name.endsWith(end));
}

/**
 * Returns when a file, or anything in a folder, last changed.
 * @param {string} path
 * @returns {number}
 */
function newestChange(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => newestChange(join(path, name))));
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} [options]
 */
function run(command, args, options) {
  // To standard error: standard output belongs to the program itself.
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], ...options });
  if (error) fail(`Cannot run ${command}: ${error.message}`);
  if (status !== 0) fail(`${[command, ...args].join(" ")} ended with status ${status}`);
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Prints an error and exits.
 * @param {string} text
 * @returns {never}
 */
export function fail(text) {
  say(text);
  process.exit(1);
}
