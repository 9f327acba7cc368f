/*
 * Numbers of linux/videodev2.h and linux/v4l2-controls.h, for 64-bit little-endian systems that
 * number requests as asm-generic/ioctl.h does. Tests compare every number with the kernel's
 * headers.
 */

import type { Layout } from "./struct.ts";

/** In Node's names. */
export const ARCHITECTURES: readonly string[] = ["x64", "arm64", "riscv64", "loong64"];

function layout<Field extends string>(name: string, size: number, fields: Record<Field, number>): Layout<Field> {
  return { name, size, fields };
}

export const CAPABILITY = layout("v4l2_capability", 104, {
  driver: 0,
  card: 16,
  bus_info: 48,
  capabilities: 84,
  device_caps: 88,
});

export const INPUT = layout("v4l2_input", 80, { index: 0, name: 4, capabilities: 60 });

export const INPUT_INDEX = layout("int", 4, { index: 0 });

export const DV_TIMINGS = layout("v4l2_dv_timings", 132, { type: 0 });

export const FMTDESC = layout("v4l2_fmtdesc", 64, { index: 0, type: 4, flags: 8, description: 12, pixelformat: 44 });

export const FRMSIZEENUM = layout("v4l2_frmsizeenum", 44, {
  index: 0,
  pixel_format: 4,
  type: 8,
  "discrete.width": 12,
  "discrete.height": 16,
  "stepwise.min_width": 12,
  "stepwise.max_width": 16,
  "stepwise.step_width": 20,
  "stepwise.min_height": 24,
  "stepwise.max_height": 28,
  "stepwise.step_height": 32,
});

export const FRMIVALENUM = layout("v4l2_frmivalenum", 52, {
  index: 0,
  pixel_format: 4,
  width: 8,
  height: 12,
  type: 16,
  "discrete.numerator": 20,
  "discrete.denominator": 24,
  "stepwise.min.numerator": 20,
  "stepwise.min.denominator": 24,
  "stepwise.max.numerator": 28,
  "stepwise.max.denominator": 32,
});

export const FORMAT = layout("v4l2_format", 208, {
  type: 0,
  "fmt.pix.width": 8,
  "fmt.pix.height": 12,
  "fmt.pix.pixelformat": 16,
});

export const STREAMPARM = layout("v4l2_streamparm", 204, {
  type: 0,
  "parm.capture.capability": 4,
  "parm.capture.timeperframe.numerator": 12,
  "parm.capture.timeperframe.denominator": 16,
});

export const REQUESTBUFFERS = layout("v4l2_requestbuffers", 20, { count: 0, type: 4, memory: 8 });

export const BUFFER = layout("v4l2_buffer", 88, {
  index: 0,
  type: 4,
  bytesused: 8,
  flags: 12,
  sequence: 56,
  memory: 60,
  "m.offset": 64,
  length: 72,
});

/** For STREAMON and STREAMOFF. */
export const BUF_TYPE = layout("v4l2_buf_type", 4, { type: 0 });

export const EVENT_SUBSCRIPTION = layout("v4l2_event_subscription", 32, { type: 0, id: 4 });

export const EVENT = layout("v4l2_event", 136, { type: 0, "u.src_change.changes": 8 });

export const QUERYCTRL = layout("v4l2_queryctrl", 68, {
  id: 0,
  type: 4,
  name: 8,
  minimum: 40,
  maximum: 44,
  step: 48,
  default_value: 52,
  flags: 56,
});

export const QUERYMENU = layout("v4l2_querymenu", 44, { id: 0, index: 4, name: 8, value: 8 });

export const CONTROL = layout("v4l2_control", 8, { id: 0, value: 4 });

const READ = 2;
const WRITE = 1;

/** `_IOC` of asm-generic/ioctl.h: direction, size, type `V` and number in 2, 14, 8 and 8 bits. */
function request(direction: number, number: number, { size }: Layout): number {
  return ((direction << 30) | (size << 16) | (0x56 << 8) | number) >>> 0;
}

/** Named without `VIDIOC_`. */
export const VIDIOC = {
  QUERYCAP: request(READ, 0, CAPABILITY),
  ENUM_FMT: request(READ | WRITE, 2, FMTDESC),
  S_FMT: request(READ | WRITE, 5, FORMAT),
  REQBUFS: request(READ | WRITE, 8, REQUESTBUFFERS),
  QUERYBUF: request(READ | WRITE, 9, BUFFER),
  QBUF: request(READ | WRITE, 15, BUFFER),
  DQBUF: request(READ | WRITE, 17, BUFFER),
  STREAMON: request(WRITE, 18, BUF_TYPE),
  STREAMOFF: request(WRITE, 19, BUF_TYPE),
  G_PARM: request(READ | WRITE, 21, STREAMPARM),
  S_PARM: request(READ | WRITE, 22, STREAMPARM),
  ENUMINPUT: request(READ | WRITE, 26, INPUT),
  G_CTRL: request(READ | WRITE, 27, CONTROL),
  S_CTRL: request(READ | WRITE, 28, CONTROL),
  QUERYCTRL: request(READ | WRITE, 36, QUERYCTRL),
  QUERYMENU: request(READ | WRITE, 37, QUERYMENU),
  G_INPUT: request(READ, 38, INPUT_INDEX),
  ENUM_FRAMESIZES: request(READ | WRITE, 74, FRMSIZEENUM),
  ENUM_FRAMEINTERVALS: request(READ | WRITE, 75, FRMIVALENUM),
  S_DV_TIMINGS: request(READ | WRITE, 87, DV_TIMINGS),
  DQEVENT: request(READ, 89, EVENT),
  SUBSCRIBE_EVENT: request(WRITE, 90, EVENT_SUBSCRIPTION),
  QUERY_DV_TIMINGS: request(READ, 99, DV_TIMINGS),
} as const;

export type RequestName = keyof typeof VIDIOC;

/** Of linux/videodev2.h and linux/v4l2-controls.h, named without `V4L2_`. */
export const V4L2 = {
  BUF_TYPE_VIDEO_CAPTURE: 1,
  MEMORY_MMAP: 1,
  BUF_FLAG_ERROR: 0x40,
  CAP_VIDEO_CAPTURE: 0x1,
  CAP_VIDEO_OUTPUT: 0x2,
  CAP_VIDEO_CAPTURE_MPLANE: 0x1000,
  CAP_VIDEO_OUTPUT_MPLANE: 0x2000,
  CAP_VIDEO_M2M_MPLANE: 0x4000,
  CAP_VIDEO_M2M: 0x8000,
  CAP_STREAMING: 0x0400_0000,
  CAP_IO_MC: 0x2000_0000,
  CAP_DEVICE_CAPS: 0x8000_0000,
  CAP_TIMEPERFRAME: 0x1000,
  IN_CAP_DV_TIMINGS: 0x2,
  FRMSIZE_TYPE_DISCRETE: 1,
  FRMIVAL_TYPE_DISCRETE: 1,
  EVENT_SOURCE_CHANGE: 5,
  EVENT_SRC_CH_RESOLUTION: 1,
  CTRL_FLAG_DISABLED: 0x1,
  CTRL_FLAG_GRABBED: 0x2,
  CTRL_FLAG_READ_ONLY: 0x4,
  CTRL_FLAG_INACTIVE: 0x10,
  CTRL_FLAG_WRITE_ONLY: 0x40,
  CTRL_FLAG_NEXT_CTRL: 0x8000_0000,
  CTRL_TYPE_INTEGER: 1,
  CTRL_TYPE_BOOLEAN: 2,
  CTRL_TYPE_MENU: 3,
  CTRL_TYPE_BUTTON: 4,
  CTRL_TYPE_BITMASK: 8,
  CTRL_TYPE_INTEGER_MENU: 9,
  CID_BASE: 0x0098_0900,
  CID_AUTO_WHITE_BALANCE: 0x0098_090c,
  CID_AUTOGAIN: 0x0098_0912,
  CID_HUE_AUTO: 0x0098_0919,
  CID_AUTOBRIGHTNESS: 0x0098_0920,
  CID_CAMERA_CLASS_BASE: 0x009a_0900,
  CID_EXPOSURE_AUTO: 0x009a_0901,
  CID_EXPOSURE_ABSOLUTE: 0x009a_0902,
  CID_EXPOSURE_AUTO_PRIORITY: 0x009a_0903,
  CID_FOCUS_AUTO: 0x009a_090c,
  CID_ISO_SENSITIVITY_AUTO: 0x009a_0918,
} as const;
