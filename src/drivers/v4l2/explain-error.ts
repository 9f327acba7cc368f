import { userInfo } from "node:os";
import { findHolders } from "./holders.ts";

/** Explains an error; `moment` tells a camera that was never there from a lost one. */
export async function explainError(error: unknown, path: string, moment: "open" | "stream"): Promise<Error> {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (typeof code !== "string") return error instanceof Error ? error : new Error(String(error));
  return new Error(await sentence(code, error as Error, path, moment), { cause: error });
}

export function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENODEV" || error.code === "ENXIO");
}

async function sentence(code: string, { message }: Error, path: string, moment: "open" | "stream"): Promise<string> {
  switch (code) {
    case "ENODEV":
    case "ENXIO":
    case "ENOENT":
      return moment === "open" ? `There is no camera at ${path}` : `The camera at ${path} was unplugged`;
    case "EACCES":
    case "EPERM":
      return `No permission for ${path}. Join the group video by \`sudo usermod -aG video ${userName()}\` and log in again.`;
    case "EBUSY": {
      const holders = await findHolders(path);
      const who = holders.map(({ name, pid }) => `${name} (process ${pid})`).join(" and ");
      return `The camera at ${path} is in use by ${who || "another program"}. Close that first.`;
    }
    case "ENOTTY":
    case "EINVAL":
      // Stopped by a standby, for example.
      if (moment === "stream") return `The camera at ${path} stopped capturing (${message})`;
      return `${path} does not work as a camera (${message})`;
    case "ENOSPC":
      return `The USB bus has no bandwidth for ${path}. Choose a smaller size or fewer fps, or another USB port.`;
    case "EIO":
    case "EPIPE":
    case "EPROTO":
      return `The camera at ${path} stopped answering (${message})`;
    default:
      return `The camera at ${path} failed (${message})`;
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user id may have no name.
    return "$USER";
  }
}
