"""A viewer that requests frames from a camera: a hello, then a header before each frame.

usage: negotiated_client.py HOST PORT LAYOUT MAGIC WIDTH HEIGHT COUNT

LAYOUT is native (this machine's "lhh"), lhh8, lhh12 or text. Like others of its kind it takes one
recv for a whole header. Prints {"length", "width", "height", "whole", "jpeg": [width, height],
"at"} of each of COUNT frames, or {"ended"}.
"""
import socket
import struct
import sys
import time

from facts import end_with_stdin, say
from tcp_viewer import is_whole, size_of

FORMATS = {"native": "lhh", "lhh8": "<ihh", "lhh12": "<qhh"}


def pack(layout, *numbers):
    if layout == "text":
        return b"%12d%6d%6d" % numbers
    return struct.pack(FORMATS[layout], *numbers)


def unpack(layout, data):
    if layout == "text":
        return int(data[:12]), int(data[12:18]), int(data[18:24])
    return struct.unpack(FORMATS[layout], data)


def size(layout):
    return 24 if layout == "text" else struct.calcsize(FORMATS[layout])


def main(host, port, layout, magic, width, height, count):
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    client.connect((host, int(port)))
    client.send(pack(layout, int(magic), int(width), int(height)))
    for _ in range(int(count)):
        header = client.recv(size(layout))
        if not header:
            break
        length, shown_width, shown_height = unpack(layout, header)
        left, picture = length, b""
        while left:
            piece = client.recv(left)
            if not piece:
                break
            left -= len(piece)
            picture += piece
        jpeg = list(size_of(picture))
        at = time.monotonic() * 1000
        say(length=length, width=shown_width, height=shown_height, whole=is_whole(picture), jpeg=jpeg, at=at)
    say(ended=True)
    client.close()


if __name__ == "__main__":
    end_with_stdin()
    main(*sys.argv[1:])
