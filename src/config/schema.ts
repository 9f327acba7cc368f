import { isIPv6 } from "node:net";
import { z } from "zod";
import { trustedProxies } from "../net/trusted-proxies.ts";
import { byteSize, duration, flag, integer, list, matching, oneOf, text } from "../options/option-types.ts";

/** A name, or an address of IPv4; one of IPv6, with its zone if need be (RFC 4007, 11). */
const HOST = /^(?:[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*\.?|[\da-f:.]*:[\da-f:.]*(?:%[\w.-]+)?)$/iu;

/**
 * Every setting of the program, once: flags, environment, file, `--help` and docs/reference/configuration.md are made from it.
 * `maxViewers` is `--max-viewers`, `STILLSTREAM_MAX_VIEWERS`, and `max-viewers` in the file.
 */
export const settingsSchema = z.object({
  config: text("a YAML file")
    .optional()
    .describe("read settings and cameras from this YAML file, and again when it changes"),
  host: matching(HOST, "a host name or address")
    .prefault("0.0.0.0")
    .describe("address to listen on; 127.0.0.1 for this machine alone"),
  port: integer(0, 65_535).prefault("8080").describe("port to listen on; 0 for any that is free"),
  title: text("a name").prefault("stillstream").describe("what the pages are called"),
  basePath: z
    .string("must be a path, such as /cameras")
    .regex(/^(\/[\w.~-]+)*\/?$/, "must be a path, such as /cameras")
    .transform((path) => path.replace(/\/$/, ""))
    .prefault("")
    .describe("path all URLs start with, for a proxy that passes it on"),
  linger: duration().prefault("10s").describe("how long a camera stays open after its last viewer"),
  maxViewers: integer(1, 100_000).prefault("1000").describe("streams at a time; more are answered 503"),
  maxViewersPerAddress: integer(1, 100_000)
    .optional()
    .describe("streams at a time of one address; 500 by default, and no such limit for this machine itself"),
  maxRequests: integer(0, 100_000)
    .prefault("300")
    .describe("snapshots and API calls a second of one address, and as many pages; 0 for no limit"),
  maxConnections: integer(10, 1_000_000)
    .optional()
    .describe("connections at a time, beyond which those that idle make room; 4000 by default, or two for each viewer"),
  maxImageMemory: byteSize(2 ** 20, 2 ** 34)
    .prefault("200MB")
    .describe("memory of one decoded image (width × height × channels × depth); larger ones are refused"),
  auth: list("user:password, or user:hash as stillstream hash makes it", credentials, "whole")
    .prefault([])
    .meta({ description: "ask for a password: user:password, or user:hash of it; may be repeated", isSecret: true }),
  authFile: text("a file").optional().describe("ask for a password: a file with a line for each user, as in --auth"),
  public: flag().prefault(false).describe("let everybody in without a password, not local networks alone"),
  trustProxy: trustedProxies()
    .prefault("0")
    .describe(
      "proxies to believe: how many (on private addresses), or loopback, linklocal, uniquelocal, addresses, ranges",
    ),
  allowHost: list("host names, such as cam.example.org", hostName)
    .prefault("")
    .describe("other names and addresses of this server, as a browser has them, with commas; may be repeated"),
  allowOrigin: list("local, any, or origins such as https://dash.example.org", readerOrigin)
    .prefault("local")
    .describe("whose pages may show and read pictures: local (of local networks), any, or origins; may be repeated"),
  allowFrame: list("local, any, or origins such as https://dash.example.org", readerOrigin)
    .prefault("local")
    .describe('whose pages may frame ours: local, any, or origins with commas, "" for none but ours; may be repeated'),
  tlsSelfSigned: flag()
    .prefault(false)
    .describe("serve https, which phones want for their cameras, with a certificate of its own"),
  tlsCert: text("a file")
    .optional()
    .describe("serve https with the certificate in this file, in PEM, and those that vouch for it behind it"),
  tlsKey: text("a file").optional().describe("its private key, in PEM; both files are read again when they change"),
  stateDir: text("a folder")
    .optional()
    .describe(
      "folder in which that certificate, and the key of tokens, are kept; the user's own state folder by default",
    ),
  logLevel: oneOf("trace", "debug", "info", "warn", "error", "fatal", "silent")
    .prefault("info")
    .describe("least serious message to log"),
});

/** Settings whose values add up when their flags are repeated; of others the last counts. */
export const REPEATABLE: ReadonlySet<string> = new Set<keyof Settings>([
  "auth",
  "allowHost",
  "allowOrigin",
  "allowFrame",
]);

export type Settings = z.output<typeof settingsSchema>;

/** Whether the port speaks https. */
export function servesTls({ tlsSelfSigned, tlsCert }: Settings): boolean {
  return tlsSelfSigned || tlsCert !== undefined;
}

/** Settings that may be given any number of times, each attached to a camera; a list in the file. */
export const listSettings = {
  output: { key: "outputs", form: "[camera=]kind:address#option=value…", text: "send a camera's pictures somewhere" },
  messages: { key: "messages", form: "[camera=]udp-listen:[host:]port", text: "take a camera's messages from there" },
} as const;

export type ListSetting = keyof typeof listSettings;

/** What every camera takes, whatever its driver. */
export const cameraSettingsSchema = z.strictObject({
  title: text("a name").optional().describe("what people read; its name by default"),
  linger: duration().optional().describe("how long it stays open after its last viewer; --linger by default"),
  always: flag().optional().describe("keep it open, watched or not; true by default for drivers that listen"),
  adapt: flag()
    .optional()
    .describe("lower its streams' quality, then size, on links too slow for them; asked for with ?adapt by default"),
  stall: duration()
    .optional()
    .describe("without a picture for this long it has failed, and is opened again; 10s by default, more at low fps"),
});

/** A camera's name: part of URLs, so a strict set (design: `[a-z0-9][a-z0-9_-]{0,31}`). */
export const CAMERA_NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/** One camera, read and checked. */
export interface CameraConfig {
  readonly name: string;
  readonly title: string;
  readonly driver: string;
  readonly lingerMs: number;
  readonly always: boolean;
  readonly adapts: boolean;
  readonly stallMs: number;
  /** Output of the driver's own schema. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** An output or a listener for messages, read and checked. */
export interface OutputConfig {
  /** The name of the camera it belongs to. */
  readonly camera: string;
  readonly kind: string;
  /** As it was written. */
  readonly address: string;
  /** Output of the kind's own schema. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** An option that was written under its old name. */
export interface OldName {
  /** Where it was written, such as `camera door=…: maxBytes`. */
  readonly setting: string;
  readonly name: string;
  readonly current: string;
}

export interface Config {
  readonly settings: Settings;
  readonly cameras: readonly CameraConfig[];
  readonly outputs: readonly OutputConfig[];
  readonly messages: readonly OutputConfig[];
  /** Where the cameras came from, for the line at start. */
  readonly chosenBy: string;
  /** Old names in use, which stop working in the next release. */
  readonly oldNames: readonly OldName[];
}

/** `user:secret`, as it is; undefined for what is none. */
export function credentials(text: string): string | undefined {
  return /^[^:\s]+:./.test(text) ? text : undefined;
}

/** A host name or an address without a port, in small letters; undefined for what is none. */
function hostName(text: string): string | undefined {
  const plain = text.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(plain) || isIPv6(plain) ? plain : undefined;
}

function readerOrigin(text: string): string | undefined {
  return text === "local" ? text : originOrAny(text);
}

/** An origin as browsers write it, without a path; undefined for what is none. */
function originOrAny(text: string): string | undefined {
  if (text === "any") return text;
  const { origin, pathname, protocol } = URL.canParse(text)
    ? new URL(text)
    : { origin: "", pathname: "", protocol: "" };
  return /^https?:$/.test(protocol) && pathname === "/" && !/[?#@]/.test(text) ? origin : undefined;
}
