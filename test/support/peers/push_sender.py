"""Programs that publish frames, as people write them, on plain sockets to control every byte.

usage: push_sender.py MODE URL JPEG...

Prints one JSON line for each answer, and ends. The modes are at the end of this file.
"""
import base64
import hashlib
import http.client
import json
import os
import socket
import ssl
import struct
import sys
import time
import urllib.parse


def connect(url):
    connection = socket.create_connection((url.hostname, url.port), timeout=10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if url.scheme == "https":
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = context.wrap_socket(connection)
    return connection


def say(fact):
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


def path_of(url):
    return url.path + ("?" + url.query if url.query else "")


def answer(connection):
    """Reads an answer to its end: status and body."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(4096)
        if not more:
            return say({"status": None, "got": data.decode("latin-1")})
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:])
    while len(body) < int(headers.get("Content-Length", 0)):
        body += connection.recv(4096)
    say({"status": int(head.split(b" ")[1]), "body": json.loads(body)})


def script(url, pictures):
    """http.client, a frame per request, over one connection while it lasts."""
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
    for picture in pictures:
        connection.request("POST", path_of(url), picture, {"Content-Type": "image/jpeg"})
        response = connection.getresponse()
        say({"status": response.status, "body": json.loads(response.read())})


def form(url, pictures):
    """Most ESP32-CAM sketches: a form with a file in pieces of 1024 bytes, one per connection."""
    for picture in pictures:
        connection = connect(url)
        head = b'--Camera\r\nContent-Disposition: form-data; name="imageFile"; filename="esp32-cam.jpg"\r\n'
        head += b"Content-Type: image/jpeg\r\n\r\n"
        tail = b"\r\n--Camera--\r\n"
        lines = [
            "POST %s HTTP/1.1" % path_of(url),
            "Host: %s" % url.hostname,
            "Content-Length: %d" % (len(head) + len(picture) + len(tail)),
            "Content-Type: multipart/form-data; boundary=Camera",
        ]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        connection.sendall(head)
        for start in range(0, len(picture), 1024):
            connection.sendall(picture[start : start + 1024])
        connection.sendall(tail)
        answer(connection)
        connection.close()


def stream_head(url, *more):
    lines = ["POST %s HTTP/1.1" % path_of(url), "Host: %s:%d" % (url.hostname, url.port), *more, "", ""]
    return "\r\n".join(lines).encode()


def chunked(url, pictures):
    """A sketch that keeps one request open: header and JPEG of each part are separate chunks."""
    connection = connect(url)
    connection.sendall(
        stream_head(url, "Content-Type: multipart/x-mixed-replace;boundary=123456789000000000000987654321",
                    "Transfer-Encoding: chunked")
    )

    def chunk(data):
        connection.sendall(b"%X\r\n%s\r\n" % (len(data), data))

    for picture in pictures:
        chunk(b"\r\n--123456789000000000000987654321\r\n")
        chunk(b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture))
        for start in range(0, len(picture), 1436):
            chunk(picture[start : start + 1436])
        time.sleep(0.05)
    connection.sendall(b"0\r\n\r\n")
    answer(connection)


def endless(url, pictures):
    """A sketch without chunking announces more bytes than it sends, and hangs up in the end."""
    connection = connect(url)
    connection.sendall(stream_head(url, "Content-Type: application/octet-stream", "Content-Length: 2147483647"))
    for picture in pictures:
        connection.sendall(picture)
        time.sleep(0.05)
    connection.close()
    say({"sent": len(pictures)})


def expects(url, pictures):
    """Waits for 100 Continue before it sends its body, as curl does."""
    connection = connect(url)
    head = ["Content-Type: image/jpeg", "Content-Length: %d" % len(pictures[0]), "Expect: 100-continue"]
    connection.sendall(stream_head(url, *head))
    say({"leave": connection.recv(4096).decode("latin-1")})
    connection.sendall(pictures[0])
    answer(connection)


def dribble(url, pictures):
    """Sends a byte of the JPEG every 20 ms until the answer comes."""
    connection = connect(url)
    connection.sendall(stream_head(url, "Content-Type: image/jpeg", "Transfer-Encoding: chunked"))
    connection.setblocking(False)
    for byte in pictures[0]:
        try:
            connection.sendall(b"1\r\n%c\r\n" % byte)
            if connection.recv(1, socket.MSG_PEEK):
                break
        except BlockingIOError:
            pass
        time.sleep(0.02)
    connection.setblocking(True)
    connection.settimeout(10)
    answer(connection)


class WebSocket:
    """A client of RFC 6455: its frames are masked."""

    def __init__(self, url, *headers):
        self.connection = connect(url)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET %s HTTP/1.1" % path_of(url),
            "Host: %s:%d" % (url.hostname, url.port),
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: " + key,
            "Sec-WebSocket-Version: 13",
            *headers,
        ]
        self.connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.connection.recv(1)
        self.status = int(head.split(b" ")[1])
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        assert self.status != 101 or accept in head

    def send(self, data, opcode=2, fin=True):
        mask = os.urandom(4)
        length = len(data)
        head = bytes([opcode | (0x80 if fin else 0)])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", length)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", length)
        repeated = (mask * (length // 4 + 1))[:length]
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")).to_bytes(length, "big")
        self.connection.sendall(head + mask + masked)

    def exactly(self, length):
        data = b""
        while len(data) < length:
            more = self.connection.recv(length - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def receive(self):
        """Returns the next frame; answers pings."""
        while True:
            first, second = self.exactly(2)
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack(">H", self.exactly(2))
            data = self.exactly(length)
            if first & 0x0F == 9:
                self.send(data, 10)
            else:
                return first & 0x0F, data


def websocket(url, pictures):
    """Two JPEGs in flight at a time; the last is sent in three fragments."""
    socket_ = WebSocket(url)
    say({"status": socket_.status})
    under_way = 0
    for index, picture in enumerate(pictures):
        if index == len(pictures) - 1:
            third = len(picture) // 3
            socket_.send(picture[:third], 2, False)
            socket_.send(picture[third : 2 * third], 0, False)
            socket_.send(picture[2 * third :], 0, True)
        else:
            socket_.send(picture)
        under_way += 1
        while under_way >= 2:
            say(json.loads(socket_.receive()[1]))
            under_way -= 1
    for _ in range(under_way):
        say(json.loads(socket_.receive()[1]))
    socket_.send(struct.pack(">H", 1000), 8)
    opcode, data = socket_.receive()
    say({"closed": struct.unpack(">H", data[:2])[0] if opcode == 8 else None})


MODES = dict(
    script=script,
    form=form,
    chunked=chunked,
    endless=endless,
    expects=expects,
    dribble=dribble,
    websocket=websocket,
)

if __name__ == "__main__":
    MODES[sys.argv[1]](urllib.parse.urlparse(sys.argv[2]), [open(path, "rb").read() for path in sys.argv[3:]])
