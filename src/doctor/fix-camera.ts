/** How to mend a camera, by what it says is wrong. The first that fits. */
const FIXES: readonly (readonly [pattern: RegExp, mend: string])[] = [
  [
    /no permission/i,
    "Join the group that owns the device, as the sentence says, log in again and restart stillstream.",
  ],
  [/in use by/i, "Close the program that holds the camera, or show it through stillstream alone and watch there."],
  [/not installed/i, "Install what is missing."],
  [/no bandwidth/i, "Ask for a smaller size or fewer pictures a second, or plug the camera in elsewhere."],
  [
    /there is no camera|no camera was found|unplugged/i,
    "Plug it in, and see what `stillstream devices` lists; a name of /dev/v4l/by-id stays when numbers change.",
  ],
  [/#tls=legacy/, "Add #tls=legacy to it, which speaks TLS as old cameras do, or put ffmpeg: before its URL."],
  [
    /\b40[13]\b|unauthori[sz]ed|forbidden|password/i,
    "Look whether the user name and password in its address are right.",
  ],
  [/\b404\b|not found/i, "Look whether the path in its address is right."],
  [
    /refused|timed? ?out|unreachable|resolve|ENOTFOUND|EAI_AGAIN|connect/i,
    "Look whether its address is right, whether it is switched on, and whether this machine reaches it, as by `ping`.",
  ],
  [/certificate|self-signed/i, "Add #insecure=true to it if you know that certificate to be the camera's own."],
];

/** How to mend a camera that says `message`, as one sentence. */
export function fixCamera(message: string): string {
  const found = FIXES.find(([pattern]) => pattern.test(message));
  return found?.[1] ?? "Look at its address and its options; the log of stillstream has each try.";
}
