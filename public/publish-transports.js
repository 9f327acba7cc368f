// @ts-check

/**
 * @typedef {object} Transport A way for pictures to the server.
 * @property {number} places How many may be under way at a time.
 * @property {(jpeg: ArrayBuffer) => void} send
 * @property {() => void} close
 *
 * @typedef {object} Closed
 * @property {boolean} wasOpen
 * @property {boolean} isRefused Whether the server does not want what is sent.
 * @property {string} reason In the server's words, if it said any.
 *
 * @typedef {object} Listener
 * @property {() => void} onOpen
 * @property {(error: string) => void} onAnswer Called for each picture, with what was wrong with it.
 * @property {(closed: Closed) => void} onClose Called once, unless it is closed from here.
 */

/**
 * A WebSocket: two under way keep it busy while an answer travels, and more would only be older.
 *
 * @param {string} url
 * @param {Listener} listener
 * @returns {Transport}
 */
export function openSocket(url, { onOpen, onAnswer, onClose }) {
  const socket = new WebSocket(url.replace(/^http/, "ws"));
  let wasOpen = false;
  let isClosed = false;
  // A proxy may swallow it without a word.
  const timer = setTimeout(() => socket.close(), OPEN_MS);
  socket.addEventListener("open", () => {
    clearTimeout(timer);
    wasOpen = true;
    onOpen();
  });
  socket.addEventListener("message", ({ data }) => onAnswer(JSON.parse(data).error ?? ""));
  socket.addEventListener("close", ({ code, reason }) => {
    clearTimeout(timer);
    if (!isClosed) onClose({ wasOpen, isRefused: code === REFUSED, reason });
    isClosed = true;
  });
  return {
    places: 2,
    send: (jpeg) => socket.send(jpeg),
    close() {
      isClosed = true;
      socket.close(1000);
    },
  };
}

/** How long a WebSocket may take to open, in milliseconds. */
const OPEN_MS = 6000;

/** What the server closes a WebSocket with that has lost its place to another sender. */
const REFUSED = 4409;

/**
 * A request for each picture, one after the other: for where no WebSocket comes through. Safari refuses one to a server
 * whose certificate it was told to accept, and many proxies pass none on.
 *
 * @param {string} url
 * @param {Listener} listener
 * @returns {Transport}
 */
export function openPosts(url, { onOpen, onAnswer, onClose }) {
  const closing = new AbortController();
  let wasOpen = false;

  /** @param {ArrayBuffer} jpeg */
  async function send(jpeg) {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "image/jpeg" },
        body: jpeg,
        signal: closing.signal,
      });
      const { error = "" } = await response.json();
      if (closing.signal.aborted) return;
      // A picture that cannot be read is one picture; else it is the server that wants none.
      if (!response.ok && response.status !== 400) return end({ wasOpen, isRefused: true, reason: error });
      wasOpen = true;
      onAnswer(error);
    } catch {
      if (!closing.signal.aborted) end({ wasOpen, isRefused: false, reason: "" });
    }
  }

  /** @param {Closed} closed */
  function end(closed) {
    closing.abort();
    onClose(closed);
  }

  // As a socket does: after this function has returned.
  queueMicrotask(onOpen);
  return { places: 1, send: (jpeg) => void send(jpeg), close: () => closing.abort() };
}
