/** What stands before the JPEG in a binary message of /live (docs/live.md). */
const HEADER_BYTES = 20;
const VERSION = 1;
const CARD_FLAG = 1;

export interface LivePicture {
  /** Of the subscription. */
  id: number;
  /** Counts the subscription's messages. */
  number: number;
  /** Whether it is no picture of the camera, but says in one what is wrong. */
  isCard: boolean;
  /** Milliseconds since the epoch, by the server's clock. */
  capturedAt: number;
  jpeg: Uint8Array<ArrayBuffer>;
}

/**
 * Reads a binary message of /live.
 *
 * @returns Nothing when it is of another version.
 */
export function readPicture(message: ArrayBuffer): LivePicture | undefined {
  if (message.byteLength <= HEADER_BYTES) return undefined;
  const view = new DataView(message);
  if (view.getUint8(0) !== VERSION) return undefined;
  return {
    id: view.getUint16(2),
    number: view.getUint32(4),
    isCard: (view.getUint8(1) & CARD_FLAG) !== 0,
    capturedAt: view.getFloat64(8),
    jpeg: new Uint8Array(message, HEADER_BYTES),
  };
}
