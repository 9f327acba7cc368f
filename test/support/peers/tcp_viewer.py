"""A program that connects to a camera's TCP port and takes the bytes of each recv for one frame.

usage: tcp_viewer.py HOST PORT SIZE COUNT

Prints {"length", "whole", "width", "height"} of each of COUNT reads of up to SIZE bytes, and
leaves.
"""
import socket
import struct
import sys

from facts import end_with_stdin, say


def size_of(jpeg):
    """Returns width and height from the frame header (T.81 B.2.2)."""
    position = 2
    while position + 9 < len(jpeg) and jpeg[position] == 0xFF:
        code = jpeg[position + 1]
        if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", jpeg[position + 5 : position + 9])
            return width, height
        position += 2 + struct.unpack(">H", jpeg[position + 2 : position + 4])[0]
    return 0, 0


def is_whole(jpeg):
    return jpeg[:2] == b"\xff\xd8" and jpeg[-2:] == b"\xff\xd9" and jpeg.count(b"\xff\xd9") == 1


def main(host, port, size, count):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.connect((host, int(port)))
        for _ in range(int(count)):
            data = connection.recv(int(size))
            if not data:
                break
            width, height = size_of(data)
            say(length=len(data), whole=is_whole(data), width=width, height=height)


if __name__ == "__main__":
    end_with_stdin()
    main(*sys.argv[1:])
