import { isIP } from "node:net";
import { dirname, resolve, sep } from "node:path";
import { SetupError } from "../util/errors.ts";

export interface UnitOptions {
  readonly node: string;
  readonly main: string;
  readonly config: string;
  /** Ports below 1024 need a capability. */
  readonly port: number;
  /** Whether the server can notify systemd, which takes koffi. */
  readonly notifies: boolean;
}

/** The inputs of packaging/: the paths of Debian and `npm install --global`. */
export const PACKAGED: UnitOptions = {
  node: "/usr/bin/node",
  main: "/usr/lib/node_modules/stillstream/dist/main.js",
  config: "/etc/stillstream/stillstream.yaml",
  port: 8080,
  notifies: true,
};

/**
 * The copy of the settings below /run that the service reads. A credential (LoadCredential=) would
 * stay the same at a reload before 2026 (https://github.com/systemd/systemd/pull/40093).
 */
const COPY = "%t/stillstream/stillstream.yaml";

/** The folders that ProtectHome= hides (systemd.exec(5)). */
const HOMES = ["/home", "/root", "/run/user"];

/** The first port that needs no privilege (ip(7), ip_unprivileged_port_start). */
const FIRST_FREE_PORT = 1024;

/**
 * Returns the systemd unit of the server. It runs as a dynamic user that may use only cameras, the
 * network and its state folder.
 */
export function serviceUnit(parts: UnitOptions): string {
  const { node, main, config, port, notifies } = parts;
  const capabilities = port > 0 && port < FIRST_FREE_PORT ? "CAP_NET_BIND_SERVICE" : "";
  const hidden = hiddenFolders(parts);
  // Runs as root. The mode lets all users read the copy, but its folder does not.
  const copy = `+/usr/bin/install --mode=0444 ${inCommand(config)} ${COPY}`;
  return `# Written by stillstream install-service. Changes of your own are safe in: systemctl edit stillstream
[Unit]
Description=stillstream, a camera streaming server
After=network-online.target time-sync.target
Wants=network-online.target

[Service]
${notifies ? "Type=notify\nNotifyAccess=main\n# Fed while the event loop runs and the port answers.\nWatchdogSec=30" : "# Without koffi it cannot say that it is ready, or well.\nType=exec"}
# The file may hold cameras' passwords: it stays root's, and the service gets a copy in its own folder at each start and reload.
RuntimeDirectory=stillstream
RuntimeDirectoryMode=0700
ExecStartPre=${copy}
ExecStart=${inCommand(node)} ${inCommand(main)} --config ${COPY}
ExecReload=${copy}
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=2
# Wrong settings do not become right by being tried again.
RestartPreventExitStatus=2
TimeoutStopSec=5

DynamicUser=yes
StateDirectory=stillstream
StateDirectoryMode=0700
UMask=0077
WorkingDirectory=/

# Cameras: V4L2 devices, and those that rpicam-vid needs. Other devices are out of reach.
SupplementaryGroups=video
DevicePolicy=closed
DeviceAllow=char-video4linux rw
DeviceAllow=char-media rw
DeviceAllow=char-dma_heap rw
DeviceAllow=/dev/vchiq rw
DeviceAllow=/dev/vcsm-cma rw

NoNewPrivileges=yes
CapabilityBoundingSet=${capabilities}
AmbientCapabilities=${capabilities}
ProtectSystem=strict
ProtectHome=${hidden.length > 0 ? "tmpfs" : "yes"}
${hidden.map((folder) => `BindReadOnlyPaths=${quoted(folder.replaceAll(":", "\\:"))}\n`).join("")}PrivateTmp=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
# The network; udev and the journal; the machine's own addresses.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
# Not MemoryDenyWriteExecute: V8 compiles JavaScript to machine code.

[Install]
WantedBy=multi-user.target
`;
}

/**
 * Returns the systemd unit of the socket, which starts the service at the first connection.
 * @throws SetupError (exit 2) for a host name: ListenStream= takes only addresses
 * (systemd.socket(5)).
 */
export function socketUnit(host: string, port: number): string {
  if (isIP(host) === 0) {
    throw new SetupError(
      `--socket: --host ${JSON.stringify(host)} is no address. Give an address, such as 192.168.0.5.`,
      2,
    );
  }
  const all = host === "0.0.0.0" || host === "::";
  const address = all ? String(port) : `${plain(host.includes(":") ? `[${host}]` : host)}:${port}`;
  return `# Written by stillstream install-service.
[Unit]
Description=The port of stillstream

[Socket]
ListenStream=${address}
Backlog=4096
NoDelay=yes

[Install]
WantedBy=sockets.target
`;
}

/** Finds folders that ProtectHome= would hide: a clone in a home, or a Node.js of nvm. */
function hiddenFolders({ node, main }: UnitOptions): string[] {
  const folders = [dirname(dirname(resolve(main))), dirname(dirname(resolve(node)))];
  const hidden = folders.filter((folder) => HOMES.some((home) => folder.startsWith(home + sep)));
  return [...new Set(hidden)];
}

/** Escapes a path for a command line, where `$` begins a variable (systemd.service(5)). */
function inCommand(path: string): string {
  return quoted(path.replaceAll("$", "$$$$"));
}

/** Quotes a path unless it is plain (systemd.syntax(7)). */
function quoted(path: string): string {
  const escaped = plain(path);
  return /^[\w@%$./+:=,-]+$/.test(escaped) ? escaped : `"${escaped.replace(/["\\]/g, "\\$&")}"`;
}

/**
 * Escapes a value: `%` begins a specifier (systemd.unit(5)), and a line end the next setting.
 * @throws SetupError (exit 2) for control characters, which no unit can hold.
 */
function plain(text: string): string {
  if (!/\p{Cc}/u.test(text)) return text.replaceAll("%", "%%");
  throw new SetupError(
    `install-service: ${JSON.stringify(text)} has control characters, which no unit of systemd can hold. Remove them.`,
    2,
  );
}
