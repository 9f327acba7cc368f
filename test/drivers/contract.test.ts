import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { after, describe, test } from "node:test";
import { FrameInlet } from "../../src/core/inlet.ts";
import { drivers } from "../../src/drivers/index.ts";
import { type DriverContractOptions, testDriver } from "../support/driver-contract.ts";
import { testFolder } from "../support/peers/folder.ts";
import { failureOf } from "../support/peers/opened.ts";
import { PICTURES, startUpstream, type Upstream } from "../support/peers/peer.ts";
import { rpicamStub } from "../support/peers/rpicam.ts";
import { needs, needsPython } from "../support/tools.ts";

const folder = testFolder();
const upstreams = new Map<string, Upstream>();
const skipPython = needsPython("ssl", "python3");

/** The stream of a Python server over plain or secure HTTP, started for the first that asks. */
async function upstreamOptions(scheme: "http" | "https"): Promise<Record<string, unknown>> {
  let upstream = upstreams.get(scheme);
  if (upstream === undefined) {
    upstream = await startUpstream(scheme === "http" ? undefined : selfSigned());
    upstreams.set(scheme, upstream);
  }
  return { address: `${upstream.address}/stream` };
}

process.env["PATH"] = [rpicamStub(folder).folder, process.env["PATH"]].join(delimiter);

after(async () => {
  for (const upstream of upstreams.values()) await upstream.close();
});

/** What each driver is opened with here. Who adds a driver adds a line. */
const contracts: Record<string, DriverContractOptions> = {
  fake: { options: () => ({ fps: "100" }) },
  ffmpeg: {
    options: () => ({ address: "testsrc=size=160x120:rate=25", format: "lavfi" }),
    skip: needs("ffmpeg"),
  },
  http: { options: () => upstreamOptions("http"), skip: skipPython },
  https: {
    options: async () => ({ ...(await upstreamOptions("https")), insecure: "true" }),
    skip: skipPython || needs("openssl"),
  },
  picture: {
    options: () => {
      copyFileSync(PICTURES[0] as string, join(folder, "picture.jpg"));
      return { address: join(folder, "picture.jpg") };
    },
  },
  push: {
    options: () => ({}),
    context: () => ({ inlet: inletWithSender() }),
  },
  rpicam: {
    options: () => ({ fps: "100" }),
    skip: needs("python3"),
  },
};

/** Held to it in a process of their own, which sees the emulated camera: webcam-contract.test.ts. */
const ELSEWHERE = ["webcam"];

test("every driver of the registry is held to the contract", () => {
  assert.deepEqual([...Object.keys(contracts), ...ELSEWHERE].sort(), Object.keys(drivers).sort());
});

test("https refuses a certificate that nobody vouches for, naming the host", {
  skip: contracts["https"]?.skip ?? false,
}, async (t) => {
  const options = await upstreamOptions("https");
  const message = await failureOf(t, drivers["https"] as never, options);
  assert.match(
    message,
    /^127\.0\.0\.1:\d+: .*self.signed certificate.*; if it is the camera's own, add #insecure=true$/,
  );
});

for (const [name, driver] of Object.entries(drivers)) {
  const contract = contracts[name];
  if (contract === undefined) continue;
  describe(name, () => {
    testDriver(name, driver, contract);
  });
}

/** A way in by which somebody sends without end. */
function inletWithSender(): FrameInlet {
  const inlet = new FrameInlet({ stallMs: 10_000 });
  const sender = { address: "127.0.0.1:5000", key: null };
  const connection = inlet.connect({ sender, isStream: true, received: () => 0, onLost: () => {} });
  const picture = readFileSync(PICTURES[0] as string);
  const timer = setInterval(() => void connection.push(picture), 2);
  after(() => {
    clearInterval(timer);
    inlet.close();
  });
  return inlet;
}

function selfSigned(): { certificate: string; key: string } {
  const [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const args = ["req", "-x509", ...newKey, "-keyout", key, "-out", certificate, ...subject];
  execFileSync("openssl", args, { stdio: "ignore" });
  return { certificate, key };
}
