"""A program that serves its camera on a TCP port to a single client: JPEGs end to end.

usage: tcp_source.py PAUSE JPEG...

Prints {"port"} when it listens, {"client"} when the client comes and {"left"} when it leaves, and
then dies, as such programs do.
"""
import socket
import sys
import time

from facts import end_with_stdin, read, say


def main(pause, *paths):
    pictures = [read(path) for path in paths]
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        say(port=server.getsockname()[1])
        connection, address = server.accept()
        with connection:
            say(client=address[1])
            try:
                while True:
                    for picture in pictures:
                        connection.sendall(picture)
                        time.sleep(float(pause))
            except OSError as error:
                say(left=str(error))


end_with_stdin()
main(*sys.argv[1:])
