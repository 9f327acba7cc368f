import { constants } from "node:crypto";
import { connect, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { describeConnectionError, errorCode } from "../../net/connection-error.ts";
import { lookup } from "../../net/resolve-host.ts";

export interface TransportOptions {
  /** True accepts any certificate. */
  readonly insecure: boolean;
  /** True speaks TLS 1.0 and 1.1 too, and accepts weak ciphers and keys. */
  readonly legacyTls: boolean;
}

/**
 * What cameras of before 2015 need: TLS 1.0, no floor for keys and hashes (`SECLEVEL=0`), and no secure renegotiation.
 * Ciphers without a certificate stay out, since they would accept any server (openssl-ciphers(1), SSL_CTX_set_options(3)).
 */
const LEGACY_TLS: ConnectionOptions = {
  minVersion: "TLSv1",
  ciphers: "ALL:!aNULL:!eNULL:@SECLEVEL=0",
  secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
};

/** Begins to connect to a URL's host. What is written meanwhile goes out once it is connected. */
export function openSocket({ protocol, hostname, port }: URL, { insecure, legacyTls }: TransportOptions): Socket {
  // Of an IPv6 address a URL has the brackets too.
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  if (protocol === "http:") return connect({ host, port: Number(port || 80), lookup });
  return connectTls({
    host,
    port: Number(port || 443),
    lookup,
    rejectUnauthorized: !insecure,
    // RFC 6066, 3: no address.
    ...(isIP(host) === 0 && { servername: host }),
    ...(legacyTls && LEGACY_TLS),
  });
}

/** Returns why a connection to a URL failed, in plain words, with the option that helps where there is one. */
export function explainConnection(error: unknown, { protocol }: URL, { legacyTls }: TransportOptions): string {
  const code = errorCode(error);
  const reason = describeConnectionError(error);
  if (protocol !== "https:") return reason;
  if (CERTIFICATE_ERROR.test(code)) return `${reason}; if it is the camera's own, add #insecure=true`;
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_HTTP_REQUEST") {
    return "it speaks no TLS there: put http: in place of https:";
  }
  // Of OpenSSL's errors the message is a line of code; the reason is for people.
  const ofTls = code.startsWith("ERR_SSL_")
    ? `TLS with it failed (${(error as { reason?: string }).reason})`
    : undefined;
  const isHangup = error instanceof Error && error.message.startsWith(HANGUP);
  // A camera that asks for a certificate of ours asks in vain.
  const isOld = (ofTls !== undefined && !code.includes("CERTIFICATE")) || isHangup;
  const hint = isOld && !legacyTls ? "; for an old camera add #tls=legacy, or put ffmpeg: before the URL" : "";
  // Some messages of OpenSSL have a line end behind them.
  return `${ofTls ?? reason.trim()}${hint}`;
}

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes, and ERR_TLS_CERT_ALTNAME_INVALID. */
const CERTIFICATE_ERROR = /^(?!ERR_SSL_).*(CERT|UNABLE_TO_|CRL|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH)/;

/** How Node says that the server hung up in the handshake: its code is ECONNRESET, as of any other (_tls_wrap.js). */
const HANGUP = "Client network socket disconnected before secure TLS connection";
