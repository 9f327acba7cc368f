/** Fixes by the error message of a camera; the first that matches counts. */
const FIXES: readonly (readonly [pattern: RegExp, fix: string])[] = [
  [/no permission/i, "Join the group that owns the device, log in again, and restart stillstream."],
  [/in use by/i, "Close the program that uses the camera: most cameras serve one program at a time."],
  [/not installed/i, "Install the missing program."],
  [/no bandwidth/i, "Request a smaller size or a lower fps, or plug the camera into another USB port."],
  [
    /there is no camera|no camera was found|unplugged/i,
    "Plug it in, and check `stillstream devices`. Names in /dev/v4l/by-id stay the same when numbers change.",
  ],
  [
    /#tls=legacy/,
    "Add #tls=legacy to the camera, which allows the TLS of old cameras, or write ffmpeg: before its URL.",
  ],
  [/\b40[13]\b|unauthori[sz]ed|forbidden|password/i, "Check the user name and password in its address."],
  [/\b404\b|not found/i, "Check the path in its address."],
  [
    /refused|timed? ?out|unreachable|resolve|ENOTFOUND|EAI_AGAIN|connect/i,
    "Check its address, whether it is switched on, and whether this machine reaches it, such as with `ping`.",
  ],
  [/certificate|self-signed/i, "Add #insecure=true to the camera if that certificate is the camera's own."],
];

/** Returns how to fix a camera that reports `message`, as one sentence. */
export function fixCamera(message: string): string {
  const found = FIXES.find(([pattern]) => pattern.test(message));
  return found?.[1] ?? "Check its address and its options. The log of stillstream shows each attempt.";
}
