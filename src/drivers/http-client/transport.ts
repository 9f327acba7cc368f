import { constants } from "node:crypto";
import { connect, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { describeConnectionError, errorCode } from "../../net/connection-error.ts";
import { lookup } from "../../net/resolve-host.ts";

export interface TransportOptions {
  readonly insecure: boolean;
  /** TLS 1.0 and 1.1, weak ciphers and keys. */
  readonly legacyTls: boolean;
}

/**
 * For cameras of before 2015: no floor for keys and hashes, no secure renegotiation. Ciphers
 * without a certificate would accept any server (openssl-ciphers(1), SSL_CTX_set_options(3)).
 */
const LEGACY_TLS: ConnectionOptions = {
  minVersion: "TLSv1",
  ciphers: "ALL:!aNULL:!eNULL:@SECLEVEL=0",
  secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
};

export function openSocket({ protocol, hostname, port }: URL, { insecure, legacyTls }: TransportOptions): Socket {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  if (protocol === "http:") return connect({ host, port: Number(port || 80), lookup });
  return connectTls({
    host,
    port: Number(port || 443),
    lookup,
    rejectUnauthorized: !insecure,
    // An address is no server name (RFC 6066, 3).
    ...(isIP(host) === 0 && { servername: host }),
    ...(legacyTls && LEGACY_TLS),
  });
}

/** Explains an error, with the option that helps. */
export function explainConnection(error: unknown, { protocol }: URL, { legacyTls }: TransportOptions): string {
  const code = errorCode(error);
  const reason = describeConnectionError(error);
  if (protocol !== "https:") return reason;
  if (CERTIFICATE_ERROR.test(code)) return `${reason}. If the certificate is the camera's own, add #insecure=true.`;
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_HTTP_REQUEST") {
    return "it speaks no TLS there. Write http: instead of https:.";
  }
  const ofTls = code.startsWith("ERR_SSL_")
    ? `the TLS handshake failed (${(error as { reason?: string }).reason})`
    : undefined;
  const isHangup = error instanceof Error && error.message.startsWith(HANGUP);
  // No option helps with a client certificate.
  const isOld = (ofTls !== undefined && !code.includes("CERTIFICATE")) || isHangup;
  const hint = isOld && !legacyTls ? ". For an old camera, add #tls=legacy or write ffmpeg: before the URL." : "";
  return `${ofTls ?? reason.trim()}${hint}`;
}

/**
 * https://nodejs.org/api/tls.html#x509-certificate-error-codes, and ERR_TLS_CERT_ALTNAME_INVALID.
 */
const CERTIFICATE_ERROR = /^(?!ERR_SSL_).*(CERT|UNABLE_TO_|CRL|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH)/;

/** A hangup in the handshake: its code is ECONNRESET, like others (_tls_wrap.js). */
const HANGUP = "Client network socket disconnected before secure TLS connection";
