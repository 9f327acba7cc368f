"""Stands in for rpicam-vid: its command line, its messages, and JPEGs from files.

usage: rpicam_vid.py FACTS OPTION...     FACTS is JSON:
  pictures  paths of JPEGs, sent in turn
  cameras   connected sensors, such as ["imx219"]
  log       a file that gets a line of JSON, the options, for each run
  fault     {"dies": N} or {"quiet": N} after N frames, or {"busy": true}
  slow      seconds before the first frame, as a sensor takes them
  slowList  seconds before the list

Options, types and errors follow rpicam-apps' core/options.cpp and core/video_options.hpp as Boost
parses them: an option with an implicit value takes another only after "=". It is stricter than
Boost, which ignores stray words silently.
"""
import json
import os
import re
import sys
import time

WORD = str
NUMBER = float
WHOLE = int
COUNT = "count"  # An integer from 0.
SWITCH = "switch"

OPTIONS = {
    "list-cameras": SWITCH, "camera": COUNT, "verbose": "verbosity", "width": COUNT, "height": COUNT, "timeout": WORD,
    "output": WORD, "nopreview": SWITCH, "hflip": SWITCH, "vflip": SWITCH, "rotation": WHOLE, "roi": WORD,
    "shutter": WORD, "gain": NUMBER, "exposure": WORD, "ev": NUMBER, "awb": WORD, "awbgains": WORD, "flush": SWITCH,
    "brightness": NUMBER, "contrast": NUMBER, "saturation": NUMBER, "sharpness": NUMBER, "framerate": NUMBER,
    "denoise": WORD, "tuning-file": WORD, "codec": WORD, "quality": WHOLE,
}
IMPLICIT = {SWITCH: "1", "verbosity": "2"}
EXPOSURES = ["normal", "sport", "short", "long", "custom"]
AWBS = ["auto", "normal", "incandescent", "tungsten", "fluorescent", "indoor", "daylight", "cloudy", "custom"]
DENOISE = ["auto", "off", "cdn_off", "cdn_fast", "cdn_hq"]

# Printed as in the documentation, for two sensors.
MODES = {
    "imx219": """imx219 [3280x2464 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx219@10)
    Modes: 'SRGGB10_CSI2P' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]
                             1640x1232 [41.85 fps - (0, 0)/3280x2464 crop]
           'SRGGB8' : 640x480 [103.33 fps - (1000, 752)/1280x960 crop]
                      1920x1080 [47.57 fps - (680, 692)/1920x1080 crop]
""",
    "imx477": """imx477 [4056x3040] (/base/soc/i2c0mux/i2c@1/imx477@1a)
    Modes: 'SRGGB10_CSI2P' : 1332x990 [120.05 fps - (696, 528)/2664x1980 crop]
           'SRGGB12_CSI2P' : 4056x3040 [10.00 fps - (0, 0)/4056x3040 crop]
""",
}


def say(text):
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class Refused(Exception):
    pass


def read_value(name, kind, text):
    patterns = {COUNT: r"\d+", "verbosity": r"\d+", WHOLE: r"-?\d+", NUMBER: r"-?\d*\.?\d+", SWITCH: r"0|1|true|false"}
    if not re.fullmatch(patterns.get(kind, r"(?s).+"), text):
        raise Refused(f"the argument ('{text}') for option '--{name}' is invalid")
    if kind is NUMBER:
        return float(text)
    if kind is WORD:
        return text
    return text in ("1", "true") if kind == SWITCH else int(text)


def read_options(words):
    given = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            raise Refused(f"a word that belongs to no option: '{word}'")
        name, equals, value = word[2:].partition("=")
        kind = OPTIONS.get(name)
        if kind is None:
            raise Refused(f"unrecognised option '{word}'")
        if name in given:
            raise Refused(f"option '--{name}' cannot be specified more than once")
        if not equals:
            if kind in IMPLICIT:
                value = IMPLICIT[kind]
            elif not rest or rest[0][2:] in OPTIONS and rest[0].startswith("--"):
                raise Refused(f"the required argument for option '--{name}' is missing")
            else:
                value = rest.pop(0)
        given[name] = read_value(name, kind, value)
    return given


def one_of(options, name, allowed, error):
    if options.get(name, allowed[0]) not in allowed:
        raise Refused(f"{error}{options[name]}")


def validate(options):
    one_of(options, "exposure", EXPOSURES, "Invalid exposure mode:")
    one_of(options, "awb", AWBS, "Invalid AWB mode: ")
    one_of(options, "denoise", DENOISE, "Invalid denoise mode: ")
    one_of(options, "codec", ["h264", "mjpeg", "yuv420"], "unrecognised codec ")
    if options.get("rotation", 0) not in (0, 180):
        raise Refused("transforms requiring transpose not supported")
    if not re.fullmatch(r"\d+(\.\d+)?(us|ms|s|sec)?", options.get("shutter", "0")):
        raise Refused("Invalid time string provided")
    # The real program clamps or ignores these silently; here they are errors.
    for name, low, high in (("brightness", -1, 1), ("contrast", 0, 15.99), ("saturation", 0, 15.99),
                            ("sharpness", 0, 15.99), ("ev", -10, 10), ("quality", 1, 100)):
        if not low <= options.get(name, 1) <= high:
            raise Refused(f"{name} is out of its range")
    if len(re.findall(r"(?:^|,)(?:0|1|0?\.\d+|[01]\.\d+)(?=,|$)", options.get("roi", "0,0,1,1"))) != 4:
        raise Refused("roi is not four parts of 1")


def list_cameras(sensors):
    if not sensors:
        print("No cameras available!")
        return
    print("Available cameras\n-----------------")
    for index, sensor in enumerate(sensors):
        print(f"{index} : {MODES[sensor]}")


def stream(options, facts, info):
    pictures = []
    for path in facts["pictures"]:
        with open(path, "rb") as file:
            pictures.append(file.read())
    if options.get("codec") != "mjpeg" or options.get("output") != "-" or options.get("timeout") != "0":
        raise Refused("it would not write MJPEG to standard output for ever")
    if not options.get("flush") or not options.get("nopreview"):
        raise Refused("it would hold pictures back, or look for a screen")
    fault = facts.get("fault", {})
    pause = 1 / options.get("framerate", 30)
    time.sleep(facts.get("slow", 0))
    start = time.monotonic()
    # Longer than any test, and bounded: a killed test ends no process.
    for count in range(int(60 / pause)):
        if fault.get("dies") == count:
            raise Refused("failed to queue request")
        while fault.get("quiet") == count and time.monotonic() < start + 60:
            say("ERROR: Device timeout detected, attempting a restart!!!")
            time.sleep(1)
        time.sleep(max(0, start + count * pause - time.monotonic()))
        sys.stdout.buffer.write(pictures[count % len(pictures)])
        sys.stdout.flush()
        info(f"#{count} (30.00 fps) exp 33239.00 ag 1.00 dg 1.00")


def run(facts, words):
    options = read_options(words)
    validate(options)
    if "log" in facts:
        with open(facts["log"], "a", encoding="utf-8") as file:
            file.write(json.dumps(options) + "\n")
    sensors = facts.get("cameras", ["imx219"])
    if options.get("list-cameras"):
        time.sleep(facts.get("slowList", 0))
        list_cameras(sensors)
        return
    info = say if options.get("verbose", 1) > 0 else (lambda text: None)
    info("[0:19:06.390293141] [2746]  INFO Camera camera_manager.cpp:293 libcamera v0.5.0")
    if not sensors:
        raise Refused("no cameras available")
    if options.get("camera", 0) >= len(sensors):
        raise Refused("selected camera is not available")
    if facts.get("fault", {}).get("busy"):
        info("[0:19:06.419783286] [2746]  INFO Camera camera.cpp:839 Pipeline handler in use by another process")
        raise Refused("failed to acquire camera /base/soc/i2c0mux/i2c@1/imx219@10")
    stream(options, facts, info)


try:
    run(json.loads(sys.argv[1]), sys.argv[2:])
except Refused as error:
    say(f"ERROR: *** {error} ***")
    os._exit(255)
except BrokenPipeError:
    os._exit(255)
