"""A viewer of an MJPEG stream in length framing on a slow link.

usage: slow_viewer.py PORT PATH RATE

Reads RATE bytes per second in pieces of 10 ms, and no more even after a pause; 0 is no limit. Each
line on standard input sets another RATE. Prints {"picture": {"at", "age", "bytes", "width",
"crc"}} of each frame: seconds since it connected, and its age in ms by its X-Timestamp; or
{"placeholder": true}. When the server ends the stream it prints {"ended": true}.
"""
import os
import socket
import sys
import threading
import time
import zlib

from facts import say

rate = int(sys.argv[3])


def obey():
    global rate
    for line in sys.stdin:
        rate = int(line)
    os._exit(0)


def width_of(jpeg):
    at = 2
    while jpeg[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return int.from_bytes(jpeg[at + 7 : at + 9], "big")


def pieces(connection):
    """Yields the bytes that the link carries."""
    due = time.monotonic()
    while True:
        if rate == 0:
            piece = connection.recv(1 << 20)
            due = time.monotonic()
        else:
            due = max(due + 0.01, time.monotonic() - 0.01)
            time.sleep(max(0, due - time.monotonic()))
            piece = connection.recv(max(1, rate // 100))
        if not piece:
            return
        yield piece


def main(port, path):
    began = time.monotonic()
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\n\r\n".encode())
    held = b""
    streaming = False
    for piece in pieces(connection):
        held += piece
        while b"\r\n\r\n" in held:
            head, rest = held.split(b"\r\n\r\n", 1)
            if not streaming:
                assert head.startswith(b"HTTP/1.1 200 "), head
                streaming, held = True, rest
                continue
            fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n") if b": " in line)
            length = int(fields[b"Content-Length"])
            if len(rest) < length:
                break
            jpeg, held = rest[:length], rest[length:]
            if b"X-Timestamp" not in fields:
                say(placeholder=True)
                continue
            age = (time.time() - float(fields[b"X-Timestamp"])) * 1000
            at = time.monotonic() - began
            say(picture={"at": at, "age": age, "bytes": length, "width": width_of(jpeg), "crc": zlib.crc32(jpeg)})
    say(ended=True)


threading.Thread(target=obey, daemon=True).start()
main(int(sys.argv[1]), sys.argv[2])
