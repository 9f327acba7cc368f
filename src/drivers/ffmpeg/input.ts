import { placeOf, secretsOf } from "../../util/secrets/secret-address.ts";
import { type InputKind, localFile, protocolsOf } from "./protocols.ts";

export interface InputOptions extends InputKind {
  readonly loop: boolean;
  readonly transport: string;
  readonly listen: boolean;
}

export interface Input {
  readonly args: readonly string[];
  readonly probeArgs: readonly string[];
  readonly list?: string;
}

/** Gives frames at once, rather than buffer them during analysis. */
export const AT_ONCE = ["-fflags", "nobuffer"];

/** Releases a silent publisher, so it may come back. */
const SILENCE_US = 10_000_000;

/**
 * Hides an address with secrets from other users, who can read arguments: standard input carries it
 * in a list of one (https://ffmpeg.org/ffmpeg-formats.html#concat-1). Measured 2026-11-29, ffmpeg
 * 5.1: same frames, same times. Such a list can neither set the format nor repeat.
 */
export function inputOf(options: InputOptions, takesList: boolean): Input {
  const { address, format, loop } = options;
  const protocols = protocolsOf(options);
  const whitelist = (more: readonly string[] = []) =>
    protocols === undefined ? [] : ["-protocol_whitelist", [...more, ...protocols].join(",")];
  // During analysis, up to 5 s, nobuffer drops frames: a publisher's short visit, or the key frame
  // (https://ffmpeg.org/ffmpeg-formats.html, fflags).
  const keepsAll = isReadOnce(options);
  const isRecorded = localFile(options) !== undefined || loop || format === "lavfi";
  if (takesList && format === undefined && !loop && hasSecrets(address)) {
    const settings = [...settingsOf(options), ...(keepsAll ? [] : [["fflags", "nobuffer"]])].map(
      ([name, value]) => `option ${name} ${value}\n`,
    );
    const list = `ffconcat version 1.0\nfile '${address.replaceAll("'", "'\\''")}'\n${settings.join("")}`;
    const args = [...whitelist(["pipe"]), "-f", "concat", "-safe", "0"];
    const file = ["-i", "pipe:0"];
    return { args: [...args, ...(keepsAll ? [] : AT_ONCE), ...file], probeArgs: [...args, ...file], list };
  }
  const args = [
    ...whitelist(),
    ...(format === undefined ? [] : ["-f", format]),
    ...settingsOf(options).flatMap(([name, value]) => [`-${name}`, value]),
  ];
  // Without -re ffmpeg reads a file at full speed.
  const start = isRecorded ? ["-re"] : keepsAll ? [] : AT_ONCE;
  const pace = [...start, ...(loop ? ["-stream_loop", "-1"] : [])];
  return { args: [...args, ...pace, "-i", address], probeArgs: [...args, "-i", address] };
}

function settingsOf({ address, transport, listen }: InputOptions): (readonly [name: string, value: string])[] {
  const scheme = schemeOf(address);
  const isRtsp = /^rtsps?$/.test(scheme);
  return [
    ...(isRtsp && !listen ? [["rtsp_transport", transport] as const] : []),
    ...(isRtsp && listen ? [["rtsp_flags", "listen"] as const] : []),
    ...(/^(tcp|tls|rtmps?|https?)$/.test(scheme) && listen ? [["listen", "1"] as const] : []),
    ...(scheme === "srt" && listen ? [["mode", "listener"] as const] : []),
    ...(/^(tcp|tls|rtmps?)$/.test(scheme) && waitsForPublisher({ address, listen })
      ? [["rw_timeout", String(SILENCE_US)] as const]
      : []),
  ];
}

/** Returns whether `listen` or the URL says so (https://ffmpeg.org/ffmpeg-protocols.html). */
export function waitsForPublisher({ address, listen }: Pick<InputOptions, "address" | "listen">): boolean {
  if (listen) return true;
  const query = address.slice(address.indexOf("?") + 1 || address.length);
  const parameters = new Map(query.split("&").map((pair) => pair.split(/=(.*)/s) as [string, string | undefined]));
  switch (schemeOf(address)) {
    case "srt":
      return /^(listener|rendezvous)$/.test(parameters.get("mode") ?? "");
    case "tcp":
    case "tls":
    case "unix":
      return parameters.has("listen") && Number(parameters.get("listen") || 1) !== 0;
    case "rist":
      return address.includes("://@");
    default:
      return false;
  }
}

/** Returns whether silence is no failure. */
export function receives(options: InputOptions): boolean {
  return isReadOnce(options) && !/^(pipe|fd)$/.test(schemeOf(options.address));
}

/** Returns whether a probe would take what the input gives: a single publisher, or a pipe. */
export function isReadOnce(options: InputOptions): boolean {
  if (waitsForPublisher(options) || options.format === "sdp") return true;
  const scheme = schemeOf(options.address);
  return /^(udp|udplite|rtp|srtp|sap|pipe|fd)$/.test(scheme) || /\.sdp$/i.test(options.address);
}

/** Returns whether a format needs no probe (https://ffmpeg.org/ffmpeg-formats.html). */
export function isMjpeg(format: string | undefined): boolean {
  return format === "mjpeg" || format === "mpjpeg";
}

function schemeOf(address: string): string {
  return /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase() ?? "";
}

function hasSecrets(address: string): boolean {
  const after = /^[a-z][a-z0-9+.-]*:\/\/([^\r\n]*)$/i.exec(address)?.[1];
  if (after === undefined) return false;
  const place = placeOf(after);
  return place.credentials.some((credentials) => credentials !== "") || secretsOf(place).length > 0;
}
