"""A camera's server: each client says in a hello how it wants its frames.

usage: negotiated_server.py LAYOUT MINIMUM JPEG...

LAYOUT is as in negotiated_client.py. Sends a header before each frame. Prints {"port"}, then
{"hello": [magic, width, height]} of each client. Hangs up if the magic is not above MINIMUM, or if
the hello has another length.
"""
import socket
import sys
import threading
import time

from facts import end_with_stdin, read, say
from negotiated_client import pack, size, unpack
from tcp_viewer import size_of


def serve(client, layout, minimum, pictures):
    try:
        data = client.recv(size(layout))
        if len(data) < size(layout):
            return
        hello = unpack(layout, data)
        say(hello=hello)
        if hello[0] <= minimum:
            return
        while True:
            for picture in pictures:
                client.send(pack(layout, len(picture), *size_of(picture)) + picture)
                time.sleep(1 / (hello[0] - 888))
    except OSError:
        pass
    finally:
        client.close()


def main(layout, minimum, *paths):
    pictures = [read(path) for path in paths]
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", 0))
    server.listen(5)
    say(port=server.getsockname()[1])
    while True:
        client, _ = server.accept()
        threading.Thread(target=serve, args=(client, layout, int(minimum), pictures), daemon=True).start()


end_with_stdin()
main(*sys.argv[1:])
