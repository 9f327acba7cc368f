"""Receives frames as many small programs do.

usage: udp_frame_server.py chunks|whole|careful PORT FORMAT [ANSWER]

Prints a line of JSON for each frame: its length, its bytes in hexadecimal, and the sizes of its
datagrams. `chunks` and `whole` are typical: they block, take any datagram for the expected one, and
never recover from a lost one. `careful` reads the same format, knows a header by its size, and
drops what is not complete in time.
"""
import json
import socket
import struct
import sys

style, port, form = sys.argv[1:4]
reply = sys.argv[4] if len(sys.argv) > 4 else "get message!!!"
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", int(port)))
print(json.dumps({"port": s.getsockname()[1]}), flush=True)
fhead_size = struct.calcsize(form)


def show(picture, sizes):
    print(json.dumps({"length": len(picture), "hex": picture.hex(), "sizes": sizes}), flush=True)


def chunks():
    while True:
        buf, addr = s.recvfrom(fhead_size)
        if buf:
            data_size = struct.unpack(form, buf)[0]
        recvd_size = 0
        data_total = b""
        sizes = []
        while not recvd_size == data_size:
            data, addr = s.recvfrom(1024)
            if data_size - recvd_size > 1024:
                recvd_size += len(data)
            else:
                recvd_size = data_size
            data_total += data
            sizes.append(len(data))
        show(data_total, sizes)
        s.sendto(reply.encode("utf-8"), addr)


def whole():
    while True:
        data, addr = s.recvfrom(65535)
        show(data, [len(data)])
        s.sendto(reply.encode("utf-8"), addr)


def careful():
    while True:
        s.settimeout(None)
        buf, addr = s.recvfrom(1024)
        if len(buf) != fhead_size:
            continue
        data_size = struct.unpack(form, buf)[0]
        data_total = b""
        sizes = []
        s.settimeout(0.5)
        try:
            while len(data_total) < data_size:
                data, addr = s.recvfrom(1024)
                data_total += data
                sizes.append(len(data))
        except socket.timeout:
            continue
        show(data_total, sizes)
        s.sendto(reply.encode("utf-8"), addr)


dict(chunks=chunks, whole=whole, careful=careful)[style]()
