"""Stands in for a program that takes one image per run: fswebcam, imagesnap or CommandCam.

usage: snapshot_program.py FACTS ANYTHING...

Strict about its command line, which is that of fswebcam(1), of imagesnap's main.m, or of
CommandCam.cpp, as far as node-webcam uses it. FACTS is JSON:
  name      the program
  log       a file that gets a JSON object for each run
  pictures  JPEGs to write in turn
  cameras   names of connected cameras
  faults    the fault of a run, by its number from 1; see fail()
"""
import json
import os
import re
import signal
import stat
import struct
import sys
import time

FACTS = json.loads(sys.argv[1])
ARGS = sys.argv[2:]


def refuse(why, status=64):
    sys.stderr.write(why + "\n")
    sys.exit(status)


def fswebcam():
    """It prints colors, and always exits with 0."""
    pattern = r"-q -r (\d+)x(\d+) --jpeg (\d+) -d (/dev/\S+) --no-banner --skip (\d+) (\S+)"
    match = re.fullmatch(pattern, " ".join(ARGS))
    if not match or len(ARGS) != 11 or not 0 <= int(match[3]) <= 100:
        refuse("unexpected: " + repr(ARGS))
    if match[4] not in FACTS["cameras"]:
        sys.stderr.write("\033[31mstat: No such file or directory\n\033[0m")
        sys.exit(0)
    return match[6]


def imagesnap():
    if ARGS == ["-l"]:
        print("Video Devices:" if FACTS["cameras"] else "No video devices found.")
        for name in FACTS["cameras"]:
            print(FACTS.get("form", "=> %s") % name)
        sys.exit(0)
    match = len(ARGS) in (4, 6) and ARGS[:2] == ["-w", "1"] and ARGS[-2] == "-q" and not ARGS[-1].startswith("-")
    if not match or (len(ARGS) == 6 and ARGS[2] != "-d"):
        refuse("unexpected: " + repr(ARGS))
    if len(ARGS) == 6 and not any(ARGS[3] in name for name in FACTS["cameras"]):
        refuse('Device "%s" not found.' % ARGS[3], 11)
    return ARGS[-1]


def commandcam():
    """It copies the name of its file into 100 bytes, whatever the length."""
    if ARGS == ["/devlist"]:
        sys.stderr.write("\r\n".join(["Available capture devices:", *FACTS["cameras"], "", ""]))
        sys.exit(0)
    match = re.fullmatch(r"/delay 1000 (?:/devnum ([1-9]\d*) )?/filename (\S{1,99})", " ".join(ARGS))
    if not match:
        refuse("Unrecognised option: " + repr(ARGS), 1)
    if int(match[1] or 1) > len(FACTS["cameras"]):
        refuse("Video capture device %s not found\n" % match[1], 1)
    sys.stderr.write("Capture device: x\nCapture resolution: 64x48\n")
    return match[2]


def bitmap(number):
    """64x48 pixels of one color, as CommandCam writes a sample of MEDIASUBTYPE_RGB24."""
    pixels = bytes([number * 40 % 256, 100, 200]) * (64 * 48)
    header = struct.pack("<IiiHHIIiiII", 40, 64, 48, 1, 24, 0, len(pixels), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 14 + len(header) + len(pixels), 0, 0, 14 + len(header)) + header + pixels


def fail(fault, file, picture):
    """half: half an image.  none: no file.  text: a text file.  link: a link to an image elsewhere.
    hang: hangs for a minute, deaf to SIGTERM, with a deaf helper.  die: kills its parent process.
    {"say": TEXT, "status": N}: prints an error and exits."""
    if fault == "half":
        write(file, picture[: len(picture) // 2])
    elif fault == "text":
        write(file, b"no picture")
    elif fault == "link":
        os.symlink(FACTS["pictures"][0], file)
    elif fault == "hang":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        helper = os.fork()
        if helper:
            log({"hanging": [os.getpid(), helper]})
        time.sleep(60)
    elif fault == "die":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)
    elif fault != "none":
        refuse(fault["say"], fault["status"])


def write(file, data):
    with open(file, "xb") as target:
        target.write(data)


def log(entry):
    with open(FACTS["log"], "a", encoding="utf-8") as target:
        target.write(json.dumps(entry) + "\n")


def main():
    file = {"fswebcam": fswebcam, "imagesnap": imagesnap, "CommandCam": commandcam}[FACTS["name"]]()
    with open(FACTS["log"], encoding="utf-8") as runs:
        number = sum('"args"' in line for line in runs) + 1
    here = os.getcwd()
    mode = oct(stat.S_IMODE(os.stat(here).st_mode))
    log({"args": ARGS, "folder": here, "mode": mode, "files": os.listdir(here), "at": time.monotonic() * 1000})
    with open(FACTS["pictures"][number % len(FACTS["pictures"])], "rb") as source:
        picture = bitmap(number) if FACTS["name"] == "CommandCam" else source.read()
    fault = FACTS["faults"].get(str(number))
    if fault:
        fail(fault, file, picture)
    else:
        write(file, picture)


main()
