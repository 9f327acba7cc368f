import assert from "node:assert/strict";
import { test } from "node:test";
import { mountOf } from "../../../src/util/files/mounts.ts";

/** As /proc/self/mountinfo has them. */
const MOUNTS = `27 1 254:0 / / rw,relatime - ext4 /dev/mmcblk0p2 rw
25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24684096k
40 27 0:44 / /mnt/nas rw,relatime shared:1 - nfs4 nas:/volume1 rw,vers=4.2
41 40 0:45 / /mnt/nas/cam\\040era rw,relatime shared:2 - cifs //nas/camera rw
42 27 0:46 / /tmp rw - tmpfs tmpfs rw
43 42 0:47 / /tmp/mnt rw - fuse.sshfs pi@nas: rw
`;

test("the files of a disk or network share belong together, those of the root and of memory do not", () => {
  const places = {
    "/mnt/nas/yard.jpg": "/mnt/nas/",
    "/mnt/nas/cam era/yard.jpg": "/mnt/nas/cam era/",
    "/mnt/nasty/yard.jpg": undefined,
    "/home/pi/yard.jpg": undefined,
    "/dev/shm/yard.jpg": undefined,
    "/tmp/yard.jpg": undefined,
    "/tmp/mnt/yard.jpg": "/tmp/mnt/",
  };
  for (const [path, place] of Object.entries(places)) assert.equal(mountOf(path, MOUNTS), place, path);
  assert.equal(mountOf("/mnt/nas/yard.jpg", ""), undefined);
});
