export interface InputKind {
  readonly address: string;
  readonly format?: string | undefined;
}

/** Their input is no file (https://ffmpeg.org/ffmpeg-devices.html). */
const DEVICE_FORMATS =
  /^(android_camera|avfoundation|decklink|dshow|fbdev|gdigrab|iec61883|kmsgrab|lavfi|libdc1394|v4l2|vfwcap|video4linux2|x11grab|xcbgrab)$/;

/** Returns undefined for URLs, devices, and names that only ffmpeg understands. */
export function localFile({ address, format = "" }: InputKind): string | undefined {
  const path = address.replace(/^file:/, "");
  const isOther = /^[a-z][a-z0-9+.-]+:/i.test(path) || path.startsWith("/dev/") || DEVICE_FORMATS.test(format);
  return isOther ? undefined : path;
}

const HTTP = ["http", "https", "httpproxy", "tcp", "tls", "crypto", "data"];
const RTP = ["rtp", "srtp", "udp", "tcp"];
const RTMP = [
  "rtmp",
  "rtmps",
  "rtmpt",
  "rtmpts",
  "rtmpe",
  "rtmpte",
  "ffrtmphttp",
  "ffrtmpcrypt",
  "tcp",
  "tls",
  "http",
  "https",
];
const LOCAL = ["file", "crypto", "data"];

/**
 * Below each scheme (https://ffmpeg.org/ffmpeg-protocols.html); others use themselves, TCP, TLS or
 * UDP.
 */
const BY_SCHEME: readonly (readonly [schemes: RegExp, protocols: readonly string[]])[] = [
  [/^https?$/, HTTP],
  [/^ip[fn]s$/, ["ipfs", "ipns", ...HTTP]],
  [/^(rtsps?|satip)$/, ["rtsp", "rtsps", "satip", ...RTP, "tls", "http", "https", "httpproxy"]],
  [/^rtm(p|ps|pt|pts|pe|pte)$/, RTMP],
  [/^mms[ht]?$/, ["mmsh", "mmst", "tcp", "http"]],
  [/^(rtp|srtp|sap)$/, ["sap", ...RTP]],
  // A playlist in these leads nowhere.
  [/^(tcp|udp|udplite|srt|rist|unix|sctp|pipe|fd|data)$/, []],
  [/^tls$/, ["tcp"]],
  [/^file$/, LOCAL],
];

/** Playlists and descriptions lead elsewhere by their nature. */
const BY_FILE: readonly (readonly [names: RegExp, protocols: readonly string[]])[] = [
  [/^(hls|applehttp|dash)$|\.(m3u8?|mpd)$/i, HTTP],
  [/^sdp$|\.sdp$/i, RTP],
];

/**
 * Returns ffmpeg's -protocol_whitelist; undefined for devices.
 *
 * A network input opens no local file, and no other protocol. A file reaches the network only if it
 * is a playlist or a description.
 */
export function protocolsOf({ address, format = "" }: InputKind): readonly string[] | undefined {
  if (DEVICE_FORMATS.test(format)) return undefined;
  const path = address.replace(/[?#].*$/s, "");
  const special = BY_FILE.filter(([names]) => names.test(format) || names.test(path)).flatMap(
    ([, protocols]) => protocols,
  );
  return [...new Set([...protocolsIn(address), ...special])];
}

function protocolsIn(address: string): readonly string[] {
  const scheme = SCHEME.exec(address)
    ?.slice(1)
    .find((part) => part !== undefined)
    ?.toLowerCase();
  if (scheme === undefined) return LOCAL;
  if (COMPOSED.test(scheme)) {
    // async:http://…, crypto+https://…, concat:a|b, subfile,,start,0,,:path.
    const inner = address.slice(scheme.length + 1).replace(/^,.*?,:/s, "");
    return [scheme, ...inner.split("|").flatMap(protocolsIn)];
  }
  return [scheme, ...(BY_SCHEME.find(([schemes]) => schemes.test(scheme))?.[1] ?? ["tcp", "tls", "udp"])];
}

const SCHEME = /^(?:([a-z][a-z0-9.-]+):|(crypto|hls)\+|(subfile),)/i;
const COMPOSED = /^(async|cache|concatf?|crypto|hls|subfile)$/;
