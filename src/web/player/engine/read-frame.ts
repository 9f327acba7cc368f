/** What stands before the JPEG in a binary message of /live (docs/reference/live-protocol.md). */
const HEADER_BYTES = 20;
const VERSION = 1;
const PLACEHOLDER_FLAG = 1;

export interface LiveFrame {
  /** Of the subscription. */
  id: number;
  /** Counts the subscription's messages. */
  number: number;
  /** Whether it is the server's placeholder, which says what is wrong, and not the camera's. */
  isPlaceholder: boolean;
  /** Milliseconds since the epoch, by the server's clock. */
  capturedAt: number;
  jpeg: Uint8Array<ArrayBuffer>;
}

/** Reads a binary message of /live. Returns nothing if it is of another version. */
export function readFrame(message: ArrayBuffer): LiveFrame | undefined {
  if (message.byteLength <= HEADER_BYTES) return undefined;
  const view = new DataView(message);
  if (view.getUint8(0) !== VERSION) return undefined;
  return {
    id: view.getUint16(2),
    number: view.getUint32(4),
    isPlaceholder: (view.getUint8(1) & PLACEHOLDER_FLAG) !== 0,
    capturedAt: view.getFloat64(8),
    jpeg: new Uint8Array(message, HEADER_BYTES),
  };
}
