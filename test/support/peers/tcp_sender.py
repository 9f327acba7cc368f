"""A program that sends JPEGs end to end to a TCP port, as small camera scripts do.

usage: tcp_sender.py HOST PORT PAUSE [--deaf | --again] JPEG...

Waits for the greeting, then sends a JPEG every PAUSE seconds, and decodes each of its reads
separately. Prints {"text"} for each text that it reads, and {"ended"}. With --deaf it sends each
JPEG once, reads nothing and leaves. With --again it reconnects when it cannot connect or the
connection ends.
"""
import socket
import sys
import threading
import time

from facts import end_with_stdin, read, say


def listen(connection):
    try:
        while True:
            data = connection.recv(1024)
            if not data:
                break
            say(text=data.decode("utf-8"))
    except OSError as error:
        say(lost=str(error))


def send(host, port, pause, pictures):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.connect((host, port))
        say(text=connection.recv(1024).decode("utf-8"))
        threading.Thread(target=listen, args=(connection,), daemon=True).start()
        while True:
            for picture in pictures:
                connection.sendall(picture)
                time.sleep(pause)


def send_and_leave(host, port, pictures):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.connect((host, port))
        for picture in pictures:
            connection.sendall(picture)


def main(host, port, pause, *rest):
    words = [word for word in rest if word.startswith("--")]
    pictures = [read(path) for path in rest if not path.startswith("--")]
    if "--deaf" in words:
        send_and_leave(host, int(port), pictures)
        say(ended="by itself")
        return
    while True:
        try:
            send(host, int(port), float(pause), pictures)
        except OSError as error:
            if "--again" not in words:
                say(ended=str(error))
                return
            time.sleep(0.02)


end_with_stdin()
main(*sys.argv[1:])
