"""What the peers share: a line of JSON for each fact, and an end when their standard input ends."""
import json
import os
import sys
import threading


def say(**fact):
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


def end_with_stdin():
    def wait():
        # Not through sys.stdin, whose lock a thread must not hold when the program ends by itself.
        while os.read(0, 4096):
            pass
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def read(path):
    with open(path, "rb") as file:
        return file.read()
