"""Sends frames as many small programs do: blocking, trusting, without a timeout.

usage: udp_frame_client.py chunks|whole|endless PORT FORMAT JPEG...

FORMAT is struct's, of the length: l, <q, <i. Prints a line of JSON for each answer. One-shot
programs send one frame and end; each run has its own port. `endless` sends the frames in chunks
again and again, and waits 0.1 s for an answer.
"""
import itertools
import json
import socket
import struct
import sys

style, port, form, *paths = sys.argv[1:]
address = ("127.0.0.1", int(port))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if style == "endless":
    s.settimeout(0.1)

for path in itertools.cycle(paths) if style == "endless" else paths:
    data = open(path, "rb").read()
    if style == "whole":
        s.sendto(data, address)
    else:
        s.sendto(struct.pack(form, len(data)), address)
        # If the length is a multiple of 1024, the last datagram is empty.
        for i in range(len(data) // 1024 + 1):
            if 1024 * (i + 1) > len(data):
                s.sendto(data[1024 * i:], address)
            else:
                s.sendto(data[1024 * i:1024 * (i + 1)], address)
    try:
        answer = s.recv(1024).decode("utf-8")
        print(json.dumps({"answer": answer}), flush=True)
    except socket.timeout:
        pass
s.close()
