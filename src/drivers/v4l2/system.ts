import { close, open } from "node:fs";
import { stat } from "node:fs/promises";
import { constants, endianness } from "node:os";
import { getSystemErrorName, promisify } from "node:util";
import { allocateFrame } from "../../core/frame-buffer.ts";
import { ARCHITECTURES } from "./abi.ts";

/** Below 2^53 on every 64-bit Linux. */
export type Address = number;

/** A failed system call; `code` is its errno's name, such as `ENODEV`. */
export class SystemError extends Error {
  readonly code: string;

  constructor(what: string, errno: number) {
    const code = nameOf(errno);
    super(`${what}: ${code}`);
    this.name = "SystemError";
    this.code = code;
  }
}

/** libuv lacks some, such as ENOLINK. */
function nameOf(errno: number): string {
  const name = getSystemErrorName(-errno);
  if (name.startsWith("E")) return name;
  return Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
}

/** System calls that Node lacks. */
export interface System {
  /**
   * ioctl(2) in libuv's thread pool: a camera may take seconds. Returns the errno,
   * 0 for none.
   */
  ioctl(fd: number, request: number, argument: Uint8Array): Promise<number>;
  /** For requests that never wait. Returns the errno, 0 for none. */
  ioctlNow(fd: number, request: number, argument: Uint8Array): number;
  /** @throws SystemError */
  mmap(fd: number, length: number, offset: number): Address;
  munmap(address: Address, length: number): void;
  copy(address: Address, length: number): Buffer;
  watch(fd: number): Watch;
}

/** Waits by epoll in the event loop, without a thread. */
export interface Watch {
  /** Calls back once; `failed`: in an error state. */
  once(callback: (failed: boolean) => void): void;
  stop(): void;
  close(): void;
}

let loaded: Promise<System> | undefined;

/** Rejects on another system, or without koffi. */
export function loadSystem(): Promise<System> {
  loaded ??= load();
  return loaded;
}

/** Throws for other devices: opening a watchdog starts it. */
export async function requireVideoDevice(path: string): Promise<void> {
  const found = await stat(path);
  if (!found.isCharacterDevice() || majorOf(found.rdev) !== VIDEO_MAJOR) throw new Error(`${path} is no video device`);
}

/** Opens a video device, close-on-exec as all of Node's files. */
export async function openDevice(path: string): Promise<number> {
  await requireVideoDevice(path);
  return await promisify(open)(path, O_RDWR_NONBLOCK);
}

/** Documentation/admin-guide/devices.txt of Linux. */
const VIDEO_MAJOR = 81;

/** `gnu_dev_major` of sys/sysmacros.h for 12-bit numbers; Linux has no others. */
function majorOf(rdev: number): number {
  return (rdev >>> 8) & 0xfff;
}

export const closeDevice = promisify(close);

/** asm-generic/fcntl.h, for all of ARCHITECTURES. Node lacks O_NONBLOCK on Windows. */
const O_RDWR_NONBLOCK = 0o2 | 0o4000;

/** asm-generic/mman-common.h and linux/mman.h */
const PROT_READ_WRITE = 1 | 2;
const MAP_SHARED = 1;
const MAP_FAILED = -1;

async function load(): Promise<System> {
  if (process.platform !== "linux") throw new Error("V4L2 needs Linux");
  if (!ARCHITECTURES.includes(process.arch) || endianness() !== "LE") {
    throw new Error(`V4L2 is not supported directly on ${process.arch}`);
  }
  const { default: koffi } = await import("koffi").catch(() => {
    throw new Error("the optional package koffi is not installed");
  });
  const libc = koffi.load(null);
  // ioctl is variadic; these processors pass an integer alike in both kinds of call.
  const ioctl = libc.func("int ioctl(int fd, unsigned long request, void *argument)");
  const mmap = libc.func(
    "intptr_t mmap(uintptr_t address, size_t length, int protection, int flags, int fd, long offset)",
  );
  const munmap = libc.func("int munmap(uintptr_t address, size_t length)");
  const memcpy = libc.func("void memcpy(void *to, uintptr_t from, size_t length)");
  const { EINTR } = constants.errno;

  return {
    async ioctl(fd, request, argument) {
      while (true) {
        const errno = await new Promise<number>((resolve, reject) => {
          // koffi keeps the thread's errno during this callback.
          ioctl.async(fd, request, argument, (error: unknown, result: number) => {
            if (error) reject(error);
            else resolve(result < 0 ? koffi.errno() : 0);
          });
        });
        if (errno !== EINTR) return errno;
      }
    },
    ioctlNow(fd, request, argument) {
      while (true) {
        if (ioctl(fd, request, argument) >= 0) return 0;
        const errno = koffi.errno();
        if (errno !== EINTR) return errno;
      }
    },
    mmap(fd, length, offset) {
      const address = Number(mmap(0, length, PROT_READ_WRITE, MAP_SHARED, fd, offset));
      if (address === MAP_FAILED) throw new SystemError("mmap", koffi.errno());
      return address;
    },
    munmap: (address, length) => void munmap(address, length),
    copy(address, length) {
      const bytes = allocateFrame(length);
      if (length > 0) memcpy(bytes, address, length);
      return bytes;
    },
    watch: (fd) => watch(koffi.node.poll, fd),
  };
}

type Poll = typeof import("koffi")["node"]["poll"];

function watch(poll: Poll, fd: number): Watch {
  let callback: ((failed: boolean) => void) | undefined;
  let isWatching = true;
  const stop = () => {
    callback = undefined;
    if (isWatching) handle.stop();
    isWatching = false;
  };
  // koffi 3.3 passes libuv's status first, negative for an error.
  const wake = (...[status]: unknown[]) => {
    const wanted = callback;
    callback = undefined;
    if (wanted === undefined) stop();
    else wanted(typeof status === "number" && status < 0);
  };
  const events = { readable: true, disconnect: true };
  const handle = poll(fd, events, wake);
  stop();
  return {
    once(wanted) {
      callback = wanted;
      if (!isWatching) handle.start(events, wake);
      isWatching = true;
    },
    stop,
    close: () => handle.close(),
  };
}
