import type { RecipeGroup } from "./recipe.ts";

const STRICT = "{server}/cameras/{camera}/video_feed?strict";

export const programs: RecipeGroup = {
  id: "programs",
  title: "In programs",
  recipes: [
    {
      id: "vlc",
      title: "VLC",
      where: "On a command line, or enter the URL in Media → Open Network Stream.",
      blocks: [{ label: "", language: "sh", text: `vlc '{server}/cameras/{camera}/video_feed'` }],
      note: "VLC buffers one second; --network-caching=200 shortens that.",
      checked: { how: "run", what: "VLC 3.0.24", on: "2026-11-27" },
    },
    {
      id: "ffmpeg",
      title: "ffmpeg",
      where: "On a command line: records five seconds to a file, bit for bit.",
      blocks: [
        {
          label: "",
          language: "sh",
          text: `ffmpeg -use_wallclock_as_timestamps 1 -i '${STRICT}' -t 5 -c copy clip.mkv`,
        },
      ],
      note: "MJPEG carries no frame rate, so ffmpeg assumes 25 fps; the first flag timestamps frames as they arrive. “strict” leaves out the placeholders shown while the camera is offline. Without “-c copy”, as for clip.mp4, ffmpeg encodes the frames again, which may be too slow on a small machine.",
      checked: { how: "run", what: "ffmpeg 5.1", on: "2026-11-27" },
    },
    {
      id: "opencv",
      title: "OpenCV",
      where: "In Python.",
      blocks: [
        {
          label: "",
          language: "python",
          text: `import cv2\n\ncapture = cv2.VideoCapture("${STRICT}")\nok, frame = capture.read()\nprint(ok, frame.shape)`,
        },
      ],
      note: "Call read() as fast as frames arrive, since waiting frames get old. If “ok” is False, the stream has ended: open it again.",
      checked: { how: "run", what: "OpenCV 4.6 for Python", on: "2026-11-27" },
    },
    {
      id: "curl",
      title: "curl",
      where: "On a command line or in a scheduled job: saves one image, captured now.",
      blocks: [
        {
          label: "",
          language: "sh",
          text: `curl --fail --output {camera}.jpg '{server}/cameras/{camera}/snapshot.jpg?strict'`,
        },
      ],
      note: "With “strict”, curl fails if the camera is offline, rather than saving a placeholder.",
      checked: { how: "run", what: "curl 7.88", on: "2026-11-27" },
    },
  ],
};
