import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { after, describe, test } from "node:test";
import { PublisherSlot } from "../../src/core/ingest/publisher-slot.ts";
import { drivers } from "../../src/drivers/registry.ts";
import { type DriverContractOptions, testDriver } from "../support/cameras/driver-contract.ts";
import { failureOf } from "../support/cameras/open-driver.ts";
import { FAKE_FRAMES, peerScript } from "../support/paths.ts";
import { type PythonPeer, startPeer } from "../support/peers/python-peer.ts";
import { startUpstream, type Upstream } from "../support/peers/upstream.ts";
import { rpicamStub } from "../support/programs/rpicam-stub.ts";
import { freePort } from "../support/sockets/tcp.ts";
import { freeUdpPort } from "../support/sockets/udp.ts";
import { testFolder } from "../support/temporary-folder.ts";
import { needs, needsPython, PYTHON } from "../support/tools.ts";

const folder = testFolder();
let udpSender: { readonly port: number; readonly process: ChildProcess } | undefined;
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

const peers = new Map<string, PythonPeer>();

/** A Python server that any number of clients may ask for pictures, started for the first. */
async function negotiatedOptions(): Promise<Record<string, unknown>> {
  const server = peers.get("server") ?? startPeer(undefined, "negotiated_server.py", "lhh8", 888, ...FAKE_FRAMES);
  peers.set("server", server);
  const [port] = await server.said<number>("port");
  return { address: `127.0.0.1:${port}`, protocol: "negotiated", fps: "100" };
}

let senderPort: number | undefined;

/** A port to which a Python program connects again and again. */
async function senderOptions(): Promise<Record<string, unknown>> {
  if (senderPort === undefined) {
    senderPort = await freePort();
    peers.set(
      "sender",
      startPeer(undefined, "tcp_sender.py", "127.0.0.1", senderPort, 0.01, "--again", ...FAKE_FRAMES),
    );
  }
  return { address: `127.0.0.1:${senderPort}` };
}

process.env["PATH"] = [rpicamStub(folder).folder, process.env["PATH"]].join(delimiter);

after(async () => {
  for (const upstream of upstreams.values()) await upstream.close();
  udpSender?.process.kill("SIGKILL");
  for (const peer of peers.values()) await peer.end();
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
      copyFileSync(FAKE_FRAMES[0] as string, join(folder, "picture.jpg"));
      return { address: join(folder, "picture.jpg") };
    },
  },
  push: {
    options: () => ({}),
    context: () => ({ publisherSlot: inletWithSender() }),
  },
  rpicam: {
    options: () => ({ fps: "100" }),
    skip: needs("python3"),
  },
  "tcp-connect": { options: negotiatedOptions, skip: needs("python3") },
  "tcp-listen": { options: senderOptions, skip: needs("python3") },
  "udp-listen": { options: udpOptions, skip: needs("python3") },
};

/**
 * Where a Python program sends its pictures, whether anybody listens or not;
 * started for the first that asks.
 */
async function udpOptions(): Promise<Record<string, unknown>> {
  if (udpSender === undefined) {
    const port = await freeUdpPort();
    const script = peerScript("udp_frame_client.py");
    const args = [script, "endless", String(port), "l", ...FAKE_FRAMES];
    udpSender = { port, process: spawn(PYTHON, args, { stdio: "ignore" }) };
  }
  return { address: `127.0.0.1:${udpSender.port}` };
}

/** Held to it with an emulated camera: webcam/contract.test.ts. */
const ELSEWHERE = ["webcam"];

test("every driver of the registry is held to the contract", () => {
  assert.deepEqual(
    [...Object.keys(contracts), ...ELSEWHERE].sort(),
    Object.keys(drivers).sort(),
    "`contracts` above must have one entry for each driver of registry.ts: options that give frames without end",
  );
});

test("https refuses a self-signed certificate, naming the host", {
  skip: contracts["https"]?.skip ?? false,
}, async (t) => {
  const options = await upstreamOptions("https");
  const message = await failureOf(t, drivers["https"] as never, options);
  assert.match(
    message,
    /^127\.0\.0\.1:\d+: .*self.signed certificate.*\. If the certificate is the camera's own, add #insecure=true\.$/,
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
function inletWithSender(): PublisherSlot {
  const inlet = new PublisherSlot({ stallMs: 10_000 });
  const sender = { address: "127.0.0.1:5000", key: null };
  const connection = inlet.connect({ publisher: sender, isStream: true, received: () => 0, onLost: () => {} });
  const picture = readFileSync(FAKE_FRAMES[0] as string);
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
