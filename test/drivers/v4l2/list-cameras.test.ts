import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { ADDRESS, listCameras, resolveAddress } from "../../../src/drivers/v4l2/list-cameras.ts";
import { NEEDS_FAKECAM, ownCamera } from "../../support/cameras/fakecam.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

test("an address is a device, its number or its name, and nothing else", () => {
  const good = ["/dev/video0", "0", "12", "video3", "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:1:1.0-video-index0"];
  for (const text of [...good, "usb-046d_HD_Pro_Webcam_C920_A1B2-video-index0"]) assert.match(text, ADDRESS);
  const bad = [
    "",
    "/dev/video0;reboot",
    "$(x)",
    "`x`",
    "/dev/video 0",
    "/dev/../etc/passwd",
    "/etc/passwd",
    "a|b",
    "a\nb",
  ];
  for (const text of bad) assert.doesNotMatch(text, ADDRESS);
});

test("each kind of address leads to a device file", async () => {
  assert.equal(await resolveAddress("/dev/video4"), "/dev/video4");
  assert.equal(await resolveAddress("4"), "/dev/video4");
  assert.equal(await resolveAddress("video4"), "/dev/video4");
  assert.equal(await resolveAddress("usb-X-index0"), "/dev/v4l/by-id/usb-X-index0");
});

test("no address is the first camera; no camera is none", async (t) => {
  const dev = temporaryFolder(t);
  assert.equal(await resolveAddress(undefined, dev), undefined);
  writeFileSync(join(dev, "video0"), "no device");
  assert.equal(await resolveAddress(undefined, dev), undefined);
});

test("cameras are listed with what they offer and what to write", { skip: NEEDS_FAKECAM }, async (t) => {
  const dev = temporaryFolder(t);
  const camera = ownCamera(t, { sizes: ["1280x720", "640x480"], path: join(dev, "video7"), count: 2 });
  mkdirSync(join(dev, "v4l", "by-id"), { recursive: true });
  symlinkSync("../../video7", join(dev, "v4l", "by-id", "usb-Fake_Camera-video-index0"));
  // These are passed over: files that are no devices.
  for (const name of ["video3", "video10", "vbi0"]) writeFileSync(join(dev, name), "");

  const [found, first] = [await listCameras(dev), await resolveAddress(undefined, dev)];
  assert.equal(first, camera.path);
  const size = (width: number, height: number) => ({
    ...{ width, height, maxWidth: width, maxHeight: height, stepWidth: 1, stepHeight: 1 },
    rates: [30, 25, 20, 15, 10, 5].map((fps) => ({ fps, max: fps })),
  });
  const sizes = [size(640, 480), size(1280, 720)];
  assert.deepEqual(found, [
    {
      path: camera.path,
      byId: "usb-Fake_Camera-video-index0",
      card: "Fake Camera",
      bus: "usb-fakecam-7",
      formats: [
        { fourcc: "MJPG", description: "Motion-JPEG", sizes },
        { fourcc: "YUYV", description: "YUYV 4:2:2", sizes },
      ],
      camera: "webcam:usb-Fake_Camera-video-index0",
      problem: null,
    },
  ]);
});

test("a virtual camera counts as a camera, although it takes frames too", { skip: NEEDS_FAKECAM }, async (t) => {
  const camera = ownCamera(t, { path: join(temporaryFolder(t), "video2"), count: 2, settings: { LOOPBACK: 1 } });
  const found = await listCameras(dirname(camera.path));
  assert.deepEqual(
    found.map(({ camera }) => camera),
    [`webcam:${camera.path}`],
  );
});
