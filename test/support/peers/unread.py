"""Runs a program without reading its standard error, until told to.

usage: unread.py pipe|terminal|closed PROGRAM ARGUMENT...

Passes on the program's standard output. After a line on standard input it reads the program's
standard error, and copies it to its own. Passes SIGTERM on.
"""
import fcntl
import os
import pty
import signal
import subprocess
import sys
import threading

F_SETPIPE_SZ = 1031


def open_ends(kind):
    if kind == "terminal":
        return pty.openpty()
    ends = os.pipe()
    fcntl.fcntl(ends[1], F_SETPIPE_SZ, 4096)
    return ends


def read_errors(read_end):
    sys.stdin.readline()
    while True:
        try:
            data = os.read(read_end, 65536)
        except OSError:
            return
        if not data:
            return
        sys.stderr.buffer.write(data)
        sys.stderr.flush()


kind, *command = sys.argv[1:]
read_end, write_end = open_ends(kind)
child = subprocess.Popen(command, stderr=write_end, stdin=subprocess.DEVNULL)
os.close(write_end)
if kind == "closed":
    os.close(read_end)
else:
    threading.Thread(target=read_errors, args=(read_end,), daemon=True).start()
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
sys.exit(child.wait())
