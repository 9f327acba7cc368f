"""Shared by the peers: prints facts as lines of JSON, and ends with standard input."""
import json
import os
import sys
import threading


def say(**fact):
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


def end_with_stdin():
    def wait():
        # Not through sys.stdin: a thread must not hold its lock when the program exits.
        while os.read(0, 4096):
            pass
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def read(path):
    with open(path, "rb") as file:
        return file.read()
