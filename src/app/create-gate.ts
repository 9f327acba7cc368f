import { isIP } from "node:net";
import type { CameraConfig, Config, OutputConfig } from "../config/schema.ts";
import { Gate } from "../http/access/gate.ts";
import type { CrossOriginOptions } from "../http/access/security-headers.ts";
import { LOCAL_NETWORKS } from "../net/address-ranges.ts";
import { serverNames } from "../net/server-urls.ts";
import { parseTrustedProxies, TRUST_NO_PROXY } from "../net/trusted-proxies.ts";
import type { PasswordStore } from "./password-store.ts";
import { registries } from "./registries.ts";

/** Creates the gate, which authenticates clients. */
export function createGate({ settings }: Config, passwords: PasswordStore | undefined): Gate {
  const { host, allowHost, trustProxy } = settings;
  const trust = parseTrustedProxies(trustProxy) ?? TRUST_NO_PROXY;
  // An address of this machine counts if the client connected to it.
  const names = serverNames(host).filter((name) => isIP(name) === 0);
  const rules = { isPublic: settings.public, trust, hostNames: [...names, ...allowHost] };
  const gate = new Gate(rules, passwords?.authenticator);
  passwords?.follow(() => gate.heldConnections.endAll());
  return gate;
}

/** Returns what pages of other origins may do. */
export function crossOriginOf({ settings: { allowOrigin, allowFrame } }: Config): CrossOriginOptions {
  return { origins: allowOrigin, frames: allowFrame };
}

/** Limits listeners without `allow` to local networks, unless the server is public. */
export function withLocalPeers(config: Config): Config {
  if (config.settings.public) return config;
  const { drivers, outputs, messages } = registries;
  return {
    ...config,
    cameras: config.cameras.map((camera) => closed(camera, drivers[camera.driver])),
    outputs: config.outputs.map((output) => closed(output, outputs[output.kind])),
    messages: config.messages.map((way) => closed(way, messages[way.kind])),
  };
}

interface Kind {
  readonly options: { readonly shape: object };
}

function closed<T extends CameraConfig | OutputConfig>(config: T, kind: Kind | undefined): T {
  if (!Object.hasOwn(kind?.options.shape ?? {}, "allow") || config.options["allow"] !== undefined) return config;
  return { ...config, options: { ...config.options, allow: LOCAL_NETWORKS } };
}
