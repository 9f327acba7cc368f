import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { selfSigned } from "../../../src/tls/self-signed.ts";

const DAY_MS = 86_400_000;

/** Returns a certificate for localhost and its key, in PEM. */
export function testCertificate(names: readonly string[] = ["localhost", "127.0.0.1"]): string {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const now = Date.now();
  const notBefore = new Date(now - DAY_MS);
  const notAfter = new Date(now + DAY_MS);
  const certificate = selfSigned({ title: "a test", names, notBefore, notAfter, privateKey, publicKey });
  return new X509Certificate(certificate).toString() + privateKey.export({ type: "pkcs8", format: "pem" });
}

/** Sends a GET that `fetch` cannot: it trusts `ca` and follows no redirect. */
export function get(url: string, ca?: string) {
  const send = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const request = send(url, { agent: false, ...(ca !== undefined && { ca }) }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end();
  });
}
