/** Sends the service manager a message, such as `READY=1` (sd_notify(3)). */
export type Notify = (message: string) => void;

/** socket(2) of Linux: x86 and ARM agree on these. */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;

/** sizeof(sun_path) in sockaddr_un (unix(7)). */
const MAX_PATH = 108;

/**
 * Connects to the manager that started this process as `Type=notify`; undefined without one.
 *
 * Node.js has no datagrams on unix sockets, so koffi makes the three system calls. The program
 * systemd-notify loses messages (systemd-notify(1)), and the manager would have to trust any child.
 * @throws if koffi, which is optional, is missing.
 */
export async function openNotify(path: string | undefined): Promise<Notify | undefined> {
  if (path === undefined || path === "") return undefined;
  const address = addressOf(path);
  const { default: koffi } = await import("koffi");
  const libc = koffi.load(null);
  const socket = libc.func("int socket(int, int, int)");
  const sendto = libc.func("long sendto(int, const void *, size_t, int, const void *, unsigned int)");
  const fd: number = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new Error("the system gives no unix socket");
  return (message) => {
    const bytes = Buffer.from(message);
    sendto(fd, bytes, bytes.length, 0, address, address.length);
  };
}

/**
 * A sockaddr_un: the family in the machine's byte order, and the path; `@` stands for the NUL of an
 * abstract name.
 */
function addressOf(path: string): Buffer {
  const name = Buffer.from(path.startsWith("@") ? `\0${path.slice(1)}` : `${path}\0`);
  if (name.length > MAX_PATH) throw new Error(`NOTIFY_SOCKET is longer than ${MAX_PATH} bytes`);
  const family = Buffer.alloc(2);
  new Uint16Array(family.buffer, family.byteOffset, 1)[0] = AF_UNIX;
  return Buffer.concat([family, name]);
}
