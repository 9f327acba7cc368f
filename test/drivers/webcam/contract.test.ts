import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import { webcam } from "../../../src/drivers/webcam/webcam.ts";
import { testDriver } from "../../support/cameras/driver-contract.ts";
import { type FakeCamera, NEEDS_FAKECAM, ownCamera } from "../../support/cameras/fakecam.ts";
import { testFolder } from "../../support/temporary-folder.ts";
import { needs, pathOf } from "../../support/tools.ts";

const folder = testFolder();

/** Holds the driver to its contract, with its own ways to a camera: also ffmpeg and fswebcam. */
function testWay(name: string, skip: string | false, own: Record<string, string>, env: () => Record<string, string>) {
  describe(name, () => {
    let camera: FakeCamera;
    if (skip === false) {
      const ended: (() => unknown)[] = [];
      const pictures = join(process.cwd(), "public", "fake");
      before(() => {
        camera = ownCamera({ after: (end) => ended.push(end) }, { env: { FAKECAM_DIR: pictures, ...env() } });
      });
      after(() => {
        for (const end of ended) end();
      });
    }
    testDriver(name, webcam, { options: () => ({ address: camera?.path, ...own }), skip });
  });
}

testWay("webcam", NEEDS_FAKECAM, {}, () => ({}));
testWay("webcam that encodes", NEEDS_FAKECAM || needs("ffmpeg"), { format: "yuyv" }, () => ({}));
testWay("webcam by snapshots", NEEDS_FAKECAM || needs("fswebcam"), {}, () => {
  const path = join(folder, "fswebcam-alone");
  mkdirSync(path);
  symlinkSync(pathOf("fswebcam"), join(path, "fswebcam"));
  return { PATH: path, FAKECAM_RAW: "1" };
});
