import { isIPv6 } from "node:net";
import { z } from "zod";
import { trustedProxies } from "../net/trusted-proxies.ts";
import { byteSize, duration, flag, integer, list, matching, oneOf, text } from "../options/option-types.ts";

/** A name, or an address of IPv4; one of IPv6, with its zone if need be (RFC 4007, 11). */
const HOST = /^(?:[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*\.?|[\da-f:.]*:[\da-f:.]*(?:%[\w.-]+)?)$/iu;

/**
 * Every setting, by the group that `--help` shows. Flags, environment, file, `--help` and
 * docs/reference/configuration.md come from it.
 */
export const settingGroups = {
  Server: {
    config: text("a YAML file")
      .optional()
      .describe("read settings and cameras from this YAML file, and when it changes"),
    host: matching(HOST, "a host name or address")
      .prefault("0.0.0.0")
      .describe("listen on this address; 127.0.0.1 for this machine only"),
    port: integer(0, 65_535).prefault("8080").describe("listen on this port; 0 picks a free one"),
    title: text("a name").prefault("stillstream").describe("title the pages with this name"),
    basePath: z
      .string("must be a path, such as /cameras")
      .regex(/^(\/[\w.~-]+)*\/?$/, "must be a path, such as /cameras")
      .transform((path) => path.replace(/\/$/, ""))
      .prefault("")
      .describe("start all URLs with this path, for a proxy that does not strip it"),
    linger: duration().prefault("10s").describe("keep a camera open this long after its last viewer leaves"),
  },
  Limits: {
    maxViewers: integer(1, 100_000).prefault("1000").describe("serve at most this many streams at a time"),
    maxViewersPerAddress: integer(1, 100_000)
      .optional()
      .describe("serve one client address at most this many; 500 by default, and no limit for this machine"),
    maxRequests: integer(0, 100_000)
      .prefault("300")
      .describe("answer one client address at most this many snapshots and API calls a second; 0 for no limit"),
    maxConnections: integer(10, 1_000_000)
      .optional()
      .describe("close idle connections beyond this many; 4000 by default, or two for each viewer"),
    maxImageMemory: byteSize(2 ** 20, 2 ** 34)
      .prefault("200MB")
      .describe("refuse images that need more memory when decoded"),
  },
  Access: {
    auth: list("user:password, or user:hash as stillstream hash-password makes it", credentials, "whole")
      .prefault([])
      .meta({ description: "require this user:password or user:hash; repeatable", isSecret: true }),
    authFile: text("a file").optional().describe("require a user of this file, which has one user:hash a line"),
    public: flag().prefault(false).describe("serve clients outside local networks without a password"),
    trustProxy: trustedProxies()
      .prefault("0")
      .describe(
        "trust this many proxies on private addresses, or loopback, linklocal, uniquelocal, or these addresses",
      ),
    allowHost: list("host names, such as cam.example.org", hostName)
      .prefault("")
      .describe("answer to these host names too, with commas; repeatable"),
    allowOrigin: list("local, any, or origins such as https://dash.example.org", readerOrigin)
      .prefault("local")
      .describe("let pages of local networks, of any origin, or of these origins read streams; repeatable"),
    allowFrame: list("local, any, or origins such as https://dash.example.org", readerOrigin)
      .prefault("local")
      .describe('let pages of these origins frame ours: local, any, origins with commas, or "" for none; repeatable'),
  },
  HTTPS: {
    tlsSelfSigned: flag()
      .prefault(false)
      .describe("serve HTTPS with a self-signed certificate; phones need HTTPS to send their camera"),
    tlsCert: text("a file")
      .optional()
      .describe("serve HTTPS with the certificate in this PEM file, and its chain behind it"),
    tlsKey: text("a file").optional().describe("read its private key from this PEM file"),
  },
  "Files and log": {
    stateDir: text("a folder")
      .optional()
      .describe("keep the self-signed certificate and the key of tokens here; the user's state folder by default"),
    logLevel: oneOf("trace", "debug", "info", "warn", "error", "fatal", "silent")
      .prefault("info")
      .describe("log messages of this level and above"),
  },
};

export const settingsSchema = z.object({
  ...settingGroups.Server,
  ...settingGroups.Limits,
  ...settingGroups.Access,
  ...settingGroups.HTTPS,
  ...settingGroups["Files and log"],
});

/** Repeated flags of these add up; of others the last counts. */
export const REPEATABLE: ReadonlySet<string> = new Set<keyof Settings>([
  "auth",
  "allowHost",
  "allowOrigin",
  "allowFrame",
]);

export type Settings = z.output<typeof settingsSchema>;

export function servesTls({ tlsSelfSigned, tlsCert }: Settings): boolean {
  return tlsSelfSigned || tlsCert !== undefined;
}

export const listSettings = {
  output: { key: "outputs", form: "[CAMERA=]KIND:ADDRESS[#OPTION=VALUE ...]", text: "send a camera's frames" },
  messages: { key: "messages", form: "[CAMERA=]udp-listen:[HOST:]PORT", text: "receive a camera's messages" },
} as const;

export type ListSetting = keyof typeof listSettings;

/** Options of every camera, whatever its driver. */
export const cameraSettingsSchema = z.strictObject({
  title: text("a name").optional().describe("show this title to people; the camera's name by default"),
  linger: duration()
    .optional()
    .describe("keep the camera open this long after its last viewer leaves; --linger by default"),
  always: flag().optional().describe("keep the camera open without viewers; true by default for drivers that listen"),
  adapt: flag()
    .optional()
    .describe("lower quality, then size, for viewers on slow links; without it, a viewer asks by ?adapt"),
  stall: duration()
    .optional()
    .describe("reopen the camera after this long without a frame; 10s by default, more at low fps"),
});

/** A camera's name: part of URLs, so a strict set (design: `[a-z0-9][a-z0-9_-]{0,31}`). */
export const CAMERA_NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;

export interface CameraConfig {
  readonly name: string;
  readonly title: string;
  readonly driver: string;
  readonly lingerMs: number;
  readonly always: boolean;
  readonly adapts: boolean;
  readonly stallMs: number;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface OutputConfig {
  readonly camera: string;
  readonly kind: string;
  readonly address: string;
  readonly options: Readonly<Record<string, unknown>>;
}

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
  readonly chosenBy: string;
  readonly oldNames: readonly OldName[];
}

/** `user:secret`, as it is; undefined for what is none. */
export function credentials(text: string): string | undefined {
  return /^[^:\s]+:./.test(text) ? text : undefined;
}

/** In small letters; undefined for other texts. */
function hostName(text: string): string | undefined {
  const plain = text.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(plain) || isIPv6(plain) ? plain : undefined;
}

function readerOrigin(text: string): string | undefined {
  return text === "local" ? text : originOrAny(text);
}

function originOrAny(text: string): string | undefined {
  if (text === "any") return text;
  const { origin, pathname, protocol } = URL.canParse(text)
    ? new URL(text)
    : { origin: "", pathname: "", protocol: "" };
  return /^https?:$/.test(protocol) && pathname === "/" && !/[?#@]/.test(text) ? origin : undefined;
}
