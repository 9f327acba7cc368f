import type { RecipeGroup } from "./recipe.ts";

const STRICT = "{server}/cameras/{camera}/video_feed?strict";

export const programs: RecipeGroup = {
  id: "programs",
  title: "In programs",
  recipes: [
    {
      id: "vlc",
      title: "VLC",
      where: "On a command line; or the address alone in Media → Open Network Stream.",
      blocks: [{ label: "", language: "sh", text: `vlc '{server}/cameras/{camera}/video_feed'` }],
      note: "VLC shows what is a second old, for it fills a buffer first: --network-caching=200 makes that less.",
      checked: { how: "run", what: "VLC 3.0.24", on: "2026-11-27" },
    },
    {
      id: "ffmpeg",
      title: "ffmpeg",
      where: "On a command line: five seconds of it, into a file, bit for bit.",
      blocks: [
        {
          label: "",
          language: "sh",
          text: `ffmpeg -use_wallclock_as_timestamps 1 -i '${STRICT}' -t 5 -c copy clip.mkv`,
        },
      ],
      note: "The stream says nothing of its rate, and ffmpeg would take it for 25 pictures a second: the wall clock tells it better. “strict” leaves out the cards that people are shown while the camera is gone. Without “-c copy”, as for clip.mp4, it is encoded anew, for which a small machine may be too slow.",
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
          text: `import cv2\n\ncapture = cv2.VideoCapture("${STRICT}")\nok, picture = capture.read()\nprint(ok, picture.shape)`,
        },
      ],
      note: "Read again and again, as fast as pictures come: those that wait are old. “ok” is False once the stream has ended; then open it anew.",
      checked: { how: "run", what: "OpenCV 4.6 for Python", on: "2026-11-27" },
    },
    {
      id: "curl",
      title: "curl",
      where: "On a command line, or in a scheduled job: one picture, taken now.",
      blocks: [
        {
          label: "",
          language: "sh",
          text: `curl --fail --output {camera}.jpg '{server}/cameras/{camera}/snapshot.jpg?strict'`,
        },
      ],
      note: "“strict” has it fail, rather than save a card, when the camera gives no picture.",
      checked: { how: "run", what: "curl 7.88", on: "2026-11-27" },
    },
  ],
};
