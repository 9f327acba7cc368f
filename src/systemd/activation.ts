/** The first descriptor a service manager hands over (sd_listen_fds(3), SD_LISTEN_FDS_START). */
const FIRST_FD = 3;

/**
 * The listening socket that a service manager handed to this very process, by `LISTEN_PID` and `LISTEN_FDS`; undefined if it did not.
 * Both are taken out of the environment, so that no child takes them for its own. Of several the first is taken.
 */
export function takeActivatedSocket(env: NodeJS.ProcessEnv): number | undefined {
  const { LISTEN_PID: pid, LISTEN_FDS: count } = env as { LISTEN_PID?: string; LISTEN_FDS?: string };
  for (const name of ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]) delete env[name];
  return pid === String(process.pid) && Number(count) >= 1 ? FIRST_FD : undefined;
}
