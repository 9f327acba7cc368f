import type { CameraDriver } from "./driver.ts";
import { fake } from "./fake.ts";
import { ffmpeg } from "./ffmpeg/ffmpeg.ts";
import { http, https } from "./http.ts";
import { picture } from "./picture/picture.ts";
import { push } from "./push.ts";
import { rpicam } from "./rpicam/rpicam.ts";
import { tcpConnect } from "./tcp-connect.ts";
import { tcpListen } from "./tcp-listen.ts";
import { udpListen } from "./udp-listen.ts";
import { webcam } from "./webcam/webcam.ts";

export const drivers: Readonly<Record<string, CameraDriver>> = {
  fake,
  ffmpeg,
  http,
  https,
  picture,
  push,
  rpicam,
  "tcp-connect": tcpConnect,
  "tcp-listen": tcpListen,
  "udp-listen": udpListen,
  webcam,
};
