"""A viewer that listens for a robot: it takes each recv(10240) for a frame, and sends commands.

usage: listening_viewer.py PORT TEXT...

Prints {"port"}, {"client"}, and {"length", "whole"} of each read; after each of the first reads it
sends the next TEXT. When the robot leaves, it waits for the next.
"""
import socket
import sys
import time

from facts import end_with_stdin, say
from tcp_viewer import is_whole


def main(port, *texts):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", int(port)))
        server.listen(1)
        say(port=server.getsockname()[1])
        while True:
            connection, address = server.accept()
            say(client=address[1])
            left = list(texts)
            try:
                while True:
                    data = connection.recv(10240)
                    if not data:
                        break
                    say(length=len(data), whole=is_whole(data))
                    if left:
                        time.sleep(0.06)  # Like a person who sees and then presses a button.
                        connection.send(left.pop(0).encode("utf-8"))
            except OSError:
                pass
            say(left=True)


end_with_stdin()
main(*sys.argv[1:])
