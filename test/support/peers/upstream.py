"""A camera's web server with the habits of real ones, on plain sockets to control every byte.

usage: upstream.py [--tls CERTIFICATE KEY] JPEG...

Listens on two free ports of 127.0.0.1, two origins, and prints {"ports": [A, B]}. Then one line per
request: {"id", "port", "path", "authorization", "at"}; the id comes from the query. Ends with its
standard input.
"""
import base64
import json
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse
import zlib

USER, PASSWORD = "jo e", "p@ss:w/rd#%\u00e9"
BOUNDARY = b"frame"
LIMIT = 16 * 1024 * 1024


def picture_of_size(picture, size):
    """Returns the same JPEG with a longer last scan."""
    return picture[:-2] + b"Z" * (size - len(picture)) + picture[-2:]


def png(red, green, blue, width=64, height=48):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes((red, green, blue)) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def part(picture, boundary=BOUNDARY, length=True, eol=b"\r\n"):
    lines = [b"--" + boundary, b"Content-Type: image/jpeg"]
    if length:
        lines.append(b"Content-Length: %d" % len(picture))
    return eol.join(lines) + eol + eol + picture + eol


def head(status="200 OK", content_type="multipart/x-mixed-replace; boundary=frame", *more, version="1.1"):
    lines = ["HTTP/%s %s" % (version, status)]
    if content_type:
        lines.append("Content-Type: " + content_type)
    lines += ["Connection: close", *more, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def in_odd_pieces(data):
    """Cuts inside the boundary, the headers, and both ends of the JPEG; the middle is one piece."""
    cuts = [1, 2, 3, 5, 7, 8, 13, 40, 41, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 73, 100]
    cuts += [len(data) - n for n in (1000, 99, 6, 5, 4, 3, 2, 1)]
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)])]


class Upstream:
    def __init__(self, pictures):
        self.pictures = pictures
        self.snapshots = 0

    def answer(self, connection, path, query, authorization):
        send = connection.sendall
        if path == "/guarded/stream":
            given = authorization.removeprefix("Basic ")
            if not given or base64.b64decode(given).decode("utf-8") != USER + ":" + PASSWORD:
                scheme = query.get("scheme", "Basic")
                send(head("401 Unauthorized", "text/html", 'WWW-Authenticate: %s realm="cam"' % scheme) + b"<h1>No</h1>")
                return
            path = "/stream"
        if path == "/stream":
            self.stream(connection, query)
        elif path == "/snapshot":
            picture = self.pictures[self.snapshots % len(self.pictures)]
            self.snapshots += 1
            send(head("200 OK", query.get("type", "image/jpeg"), "Content-Length: %d" % len(picture)) + picture)
        elif path == "/snapshot.png":
            send(head("200 OK", "image/png") + png(255, 0, 0))
        elif path == "/endless-snapshot":
            send(head("200 OK", "image/jpeg") + self.pictures[0][:-2])
            while True:
                send(b"Z" * 65536)
        elif path == "/hung-snapshot":
            send(head("200 OK", "image/jpeg", "Content-Length: 5000") + self.pictures[0][:2000])
            connection.recv(1)
        elif path == "/redirect":
            send(head("302 Found", None, "Location: " + query["to"], "Content-Length: 0"))
        elif path == "/loop":
            send(head("302 Found", None, "Location: /loop", "Content-Length: 0"))
        elif path == "/answer":
            send(head(query["status"], query.get("type")) + query.get("body", "").encode())
        elif path == "/raw":
            send(query["bytes"].encode("latin-1"))
        else:
            send(head("404 Not Found", "text/html") + b"<h1>Not here</h1>")

    def stream(self, connection, query):
        send = connection.sendall
        style = query.get("style", "plain")
        pause = 1 / float(query.get("fps", "50"))
        parts = dict(
            dashed=dict(boundary=b"--dashed"),
            boundary_with_dashes=dict(boundary=b"dashed"),
            no_length=dict(length=False),
            lf=dict(eol=b"\n"),
            lf_no_length=dict(length=False, eol=b"\n"),
        ).get(style, {})
        types = dict(
            quoted='multipart/x-mixed-replace;boundary="frame"',
            dashed='multipart/x-mixed-replace; boundary="--dashed"',
            boundary_with_dashes="multipart/x-mixed-replace; boundary=--dashed",
            shouted="Multipart/X-Mixed-Replace;Boundary=frame",
            octets="application/octet-stream",
            no_type=None,
        )
        multipart = "multipart/x-mixed-replace; boundary=frame"
        chunked = ["Transfer-Encoding: chunked"] if style == "chunked" else []
        version = "1.0" if style == "http_1_0" else "1.1"
        send(head("200 OK", types.get(style, multipart), *chunked, version=version))
        if style == "preamble":
            send(b"Hello, this is a camera.\r\n\xff\xd8 is how they start\xff\r\n\xff\xff--fram\r\n\r\n")
        count = int(query.get("count", "1000000"))
        for index in range(count):
            picture = self.pictures[index % len(self.pictures)]
            data = part(picture, **parts)
            if style == "no_first_boundary" and index == 0:
                data = data[len(b"--frame\r\n"):]
            if style == "bare":
                data = picture
            if style == "oversize" and index == 1:
                data = part(picture_of_size(picture, LIMIT + 1))
            if style == "half" and index == 1:
                # Its length announces more bytes.
                data = data[: len(data) - len(picture) // 2]
            if style == "chunked":
                half = len(data) // 2
                data = b"".join(b"%x\r\n%s\r\n" % (len(some), some) for some in (data[:half], data[half:]))
            for piece in in_odd_pieces(data) if style == "odd" else [data]:
                send(piece)
                if style == "odd":
                    time.sleep(0.001)
            time.sleep(pause)


def serve(listener, context, upstream):
    port = listener.getsockname()[1]
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=attend, args=(connection, context, upstream, port), daemon=True).start()


def attend(connection, context, upstream, port):
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        request = b""
        while b"\r\n\r\n" not in request:
            more = connection.recv(4096)
            if not more:
                return
            request += more
        first, *lines = request.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        path, _, query = first.split(" ")[1].partition("?")
        authorization = headers.get("authorization", "")
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        fact = {"port": port, "path": path, "authorization": authorization, "at": time.monotonic() * 1000}
        say({"id": query.get("id", ""), **fact})
        upstream.answer(connection, path, query, authorization)
    except OSError:
        pass  # The client may leave.
    finally:
        connection.close()


def say(fact):
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


def main(arguments):
    context = None
    if arguments[0] == "--tls":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments[1], arguments[2])
        arguments = arguments[3:]
    upstream = Upstream([open(path, "rb").read() for path in arguments])
    listeners = [socket.create_server(("127.0.0.1", 0), backlog=64) for _ in range(2)]
    for listener in listeners:
        threading.Thread(target=serve, args=(listener, context, upstream), daemon=True).start()
    say({"ports": [listener.getsockname()[1] for listener in listeners]})
    sys.stdin.read()


main(sys.argv[1:])
