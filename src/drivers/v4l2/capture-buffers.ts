import { constants } from "node:os";
import { BUF_TYPE, BUFFER, REQUESTBUFFERS, V4L2, VIDIOC } from "./abi.ts";
import type { Device } from "./device.ts";
import { Struct } from "./struct.ts";
import { type Address, SystemError } from "./system.ts";

/** The camera fills one while two wait and one is copied. */
const BUFFER_COUNT = 4;

/** With one, the camera could not capture during a copy. */
const MIN_BUFFERS = 2;

interface Mapping {
  readonly address: Address;
  readonly length: number;
}

export type TakenFrame = { readonly bytes: Buffer } | { readonly reason: string } | "none";

/** Streams by memory mapping. */
export class CaptureBuffers {
  readonly #device: Device;
  readonly #mappings: Mapping[] = [];
  readonly #taken = newBuffer(0);
  #streaming = false;

  constructor(device: Device) {
    this.#device = device;
  }

  get isStreaming(): boolean {
    return this.#streaming;
  }

  async start(): Promise<void> {
    const device = this.#device;
    const wanted = new Struct(REQUESTBUFFERS, { ...KIND, count: BUFFER_COUNT });
    await device.call("REQBUFS", wanted);
    const count = wanted.get("count");
    if (count < MIN_BUFFERS) throw new Error(`${device.path} has memory for ${count} frames and needs ${MIN_BUFFERS}`);
    for (let index = 0; index < count; index++) {
      const buffer = newBuffer(index);
      await device.call("QUERYBUF", buffer);
      const length = buffer.get("length");
      this.#mappings.push({ address: device.system.mmap(device.fd, length, buffer.get("m.offset")), length });
    }
    for (let index = 0; index < count; index++) await device.call("QBUF", newBuffer(index));
    await device.call("STREAMON", new Struct(BUF_TYPE, { type: V4L2.BUF_TYPE_VIDEO_CAPTURE }));
    this.#streaming = true;
  }

  /** Throws also for EIO: a driver that can go on marks the buffer, not the call (VIDIOC_DQBUF). */
  take(): TakenFrame {
    const { fd, system } = this.#device;
    const buffer = reset(this.#taken, 0);
    const errno = system.ioctlNow(fd, VIDIOC.DQBUF, buffer.bytes);
    if (errno === constants.errno.EAGAIN) return "none";
    if (errno !== 0) throw new SystemError("VIDIOC_DQBUF", errno);
    const taken = this.#copy(buffer);
    const queued = system.ioctlNow(fd, VIDIOC.QBUF, reset(buffer, buffer.get("index")).bytes);
    if (queued !== 0) throw new SystemError("VIDIOC_QBUF", queued);
    return taken;
  }

  #copy(buffer: BufferStruct): TakenFrame {
    const mapping = this.#mappings[buffer.get("index")];
    if (mapping === undefined) throw new Error(`${this.#device.path} returned a buffer that it was not lent`);
    const length = Math.min(buffer.get("bytesused"), mapping.length);
    if ((buffer.get("flags") & V4L2.BUF_FLAG_ERROR) !== 0) return { reason: "The camera marked a frame as damaged" };
    if (length === 0) return { reason: "The camera gave an empty frame" };
    return { bytes: this.#device.system.copy(mapping.address, length) };
  }

  /** Never throws: a lost camera has nothing to stop. */
  async stop(): Promise<void> {
    const type = new Struct(BUF_TYPE, { type: V4L2.BUF_TYPE_VIDEO_CAPTURE });
    if (this.#streaming) await this.#device.call("STREAMOFF", type).catch(() => {});
    for (const { address, length } of this.#mappings.splice(0)) this.#device.system.munmap(address, length);
  }
}

const KIND = { type: V4L2.BUF_TYPE_VIDEO_CAPTURE, memory: V4L2.MEMORY_MMAP };

type BufferStruct = Struct<keyof typeof BUFFER.fields>;

function newBuffer(index: number): BufferStruct {
  return new Struct(BUFFER, { ...KIND, index });
}

/** Cheaper than two new buffers a frame. */
function reset(buffer: BufferStruct, index: number): BufferStruct {
  buffer.bytes.fill(0);
  buffer.set("type", KIND.type);
  buffer.set("memory", KIND.memory);
  buffer.set("index", index);
  return buffer;
}
