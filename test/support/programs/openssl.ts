import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A certificate for localhost and its key, in files. An intermediate authority signed it, as is
 * usual.
 */
export interface OpensslPair {
  readonly cert: string;
  readonly key: string;
  /** The root authority's certificate, in PEM. */
  readonly ca: string;
}

/** Makes a certificate and its key with openssl in `folder`. `kind` is the kind of the key. */
export function opensslPair(folder: string, name: string, kind: "ec" | "rsa" = "ec"): OpensslPair {
  const file = (what: string) => join(folder, `${name}-${what}`);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] });
  const newKey =
    kind === "ec" ? ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"] : ["-newkey", "rsa:2048"];
  const request = (what: string, title: string) => {
    return ["req", "-new", ...newKey, "-nodes", "-subj", `/CN=${title}`, "-keyout", file(`${what}.key`)];
  };
  openssl(...request("ca", `${name} authority`), "-x509", "-days", "30", "-out", file("ca.pem"));
  writeFileSync(file("middle.ext"), "basicConstraints=critical,CA:true\n");
  writeFileSync(file("leaf.ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  for (const [what, title, issuer] of [
    ["middle", `${name} in between`, "ca"],
    ["leaf", name, "middle"],
  ] as const) {
    openssl(...request(what, title), "-out", file(`${what}.csr`));
    const by = ["-CA", file(`${issuer}.pem`), "-CAkey", file(`${issuer}.key`), "-CAcreateserial"];
    const out = ["-days", "30", "-extfile", file(`${what}.ext`), "-out", file(`${what}.pem`)];
    openssl("x509", "-req", "-in", file(`${what}.csr`), ...by, ...out);
  }
  writeFileSync(file("chain.pem"), readFileSync(file("leaf.pem"), "utf8") + readFileSync(file("middle.pem"), "utf8"));
  return { cert: file("chain.pem"), key: file("leaf.key"), ca: readFileSync(file("ca.pem"), "utf8") };
}
