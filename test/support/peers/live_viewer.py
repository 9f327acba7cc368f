"""A viewer of /live on a plain socket with its own WebSocket (RFC 6455).

Written from docs/reference/live-protocol.md alone.

usage: live_viewer.py URL RATE ACKS CAMERA[?QUERY][@WIDTHxHEIGHT]...

RATE is what it reads, in bytes per second, in pieces of 5 ms; 0 is no limit. ACKS is `all`, `none`,
or the ids to acknowledge, separated by commas. Subscribes to each camera with the ids 1, 2, …, in
messages of two fragments. Prints a line of JSON for each message; for a frame, its header and its
age when its last byte was read. Ends with its standard input, unless that is a device, and closes
the connection.
"""
import base64
import hashlib
import json
import os
import select
import socket
import stat
import struct
import sys
import time
import urllib.parse

PIECE_S = 0.005
# Seconds that it may catch up after a busy machine has delayed it.
CREDIT_S = 0.05
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def say(fact):
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


class Slow:
    """Reads from a socket no faster than the rate."""

    def __init__(self, connection, rate):
        self.connection = connection
        self.rate = rate
        self.buffer = bytearray()
        self.due = time.monotonic()
        self.inputs = [connection] if stat.S_ISCHR(os.fstat(0).st_mode) else [connection, sys.stdin]

    def take(self, count):
        while len(self.buffer) < count:
            ready, _, _ = select.select(self.inputs, [], [])
            if sys.stdin in ready and not sys.stdin.read(1):
                raise EOFError
            if self.connection not in ready:
                continue
            piece = self.connection.recv(max(1, int(self.rate * PIECE_S)) if self.rate else 1 << 20)
            if not piece:
                say({"ended": True})
                raise EOFError
            self.buffer += piece
            if self.rate:
                self.due = max(self.due, time.monotonic() - CREDIT_S) + len(piece) / self.rate
                time.sleep(max(0, self.due - time.monotonic()))
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken


def connect(url, rate):
    address = urllib.parse.urlsplit(url)
    connection = socket.create_connection((address.hostname, address.port), timeout=20)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(os.urandom(16))
    lines = [
        "GET %s HTTP/1.1" % (address.path + ("?" + address.query if address.query else "")),
        "Host: %s:%d" % (address.hostname, address.port),
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: %s" % key.decode(),
        "Sec-WebSocket-Version: 13",
    ]
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    reader = Slow(connection, rate)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += reader.take(1)
    status, *headers = head.decode("latin-1").strip().split("\r\n")
    fields = dict((name.lower(), value) for name, value in (line.split(": ", 1) for line in headers))
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
    say({"status": int(status.split(" ")[1]), "accepted": fields.get("sec-websocket-accept") == accept})
    return connection, reader


def frame(opcode, data, fin=True):
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
    length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
    return bytes([(0x80 if fin else 0) | opcode]) + length + mask + masked


def messages(connection, reader):
    """Yields opcode and data. Control frames may come between fragments (RFC 6455, 5.4)."""
    kind, data, fragments = None, b"", 0
    while True:
        first, second = reader.take(2)
        assert first & 0x70 == 0 and second & 0x80 == 0, "no extension was agreed on, and servers do not mask"
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", reader.take(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", reader.take(8))
        body = reader.take(length)
        opcode = first & 0x0F
        if opcode == PING:
            connection.sendall(frame(PONG, body))
        elif opcode == CLOSE:
            say({"closed": struct.unpack(">H", body[:2])[0], "reason": body[2:].decode()})
            return
        elif opcode in (CONTINUATION, TEXT, BINARY):
            assert (opcode == CONTINUATION) == (kind is not None), "fragments of one message come one after the other"
            kind = kind if opcode == CONTINUATION else opcode
            data += body
            fragments += 1
            if first & 0x80:
                yield kind, data, fragments
                kind, data, fragments = None, b"", 0


def subscribe(id, text):
    camera, _, size = text.partition("@")
    camera, _, query = camera.partition("?")
    message = {"type": "subscribe", "id": id, "camera": camera, "query": query or None, "some": ["unknown", "field"]}
    if size:
        message["width"], message["height"] = map(int, size.split("x"))
    return json.dumps(message).encode()


def main(url, rate, acks, cameras):
    connection, reader = connect(url, int(rate))
    for index, camera in enumerate(cameras):
        data = subscribe(index + 1, camera)
        connection.sendall(frame(TEXT, data[:10], fin=False) + frame(CONTINUATION, data[10:]))
    wanted = [] if acks in ("all", "none") else [int(id) for id in acks.split(",")]
    try:
        for kind, data, fragments in messages(connection, reader):
            if kind == TEXT:
                message = json.loads(data)
                say({message["type"]: message})
                continue
            version, flags, id, number, captured_at, seq = struct.unpack(">BBHIdI", data[:20])
            age = time.time() * 1000 - captured_at
            jpeg = data[20:]
            whole = jpeg[:2] == b"\xff\xd8" and jpeg[-2:] == b"\xff\xd9"
            placeholder = bool(flags & 1)
            fact = {"version": version, "id": id, "number": number, "seq": seq, "placeholder": placeholder, "age": age, "whole": whole}
            say({"picture": {**fact, "bytes": len(data), "at": time.monotonic()}})
            if acks == "all" or id in wanted:
                connection.sendall(frame(TEXT, json.dumps({"type": "ack", "id": id, "number": number}).encode()))
    except (EOFError, ConnectionError):
        try:
            connection.sendall(frame(CLOSE, struct.pack(">H", 1000)))
        except OSError:
            pass


main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
