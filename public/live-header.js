// @ts-check

/** What stands before the JPEG in a binary message of /live (docs/reference/live-protocol.md). */
const HEADER_BYTES = 20;
const VERSION = 1;
const CARD_FLAG = 1;

/**
 * @typedef {object} LivePicture
 * @property {number} id Of the subscription.
 * @property {number} number Counts the subscription's messages.
 * @property {boolean} isCard Whether it is no picture of the camera, but says in one what is wrong.
 * @property {number} capturedAt Milliseconds since the epoch, by the server's clock.
 * @property {Uint8Array<ArrayBuffer>} jpeg
 */

/**
 * Reads a binary message of /live.
 *
 * @param {ArrayBuffer} message
 * @returns {LivePicture | undefined} Nothing when it is of another version.
 */
export function readPicture(message) {
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
