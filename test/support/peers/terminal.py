"""Runs a program on its own terminal: terminal.py PROMPT KEYS PROGRAM...

Waits for the prompt, types the keys, and prints as JSON what the terminal showed, what the program
wrote to its standard output, how it ended, and whether the terminal echoes afterwards.
"""
import json
import os
import pty
import sys
import termios

prompt, keys, program = sys.argv[1], sys.argv[2], sys.argv[3:]
master, slave = pty.openpty()
out_read, out_write = os.pipe()
child = os.fork()
if child == 0:
    os.setsid()
    os.close(master)
    os.close(out_read)
    # The first terminal that a session leader opens becomes its terminal (tty_ioctl(4)).
    os.close(os.open(os.ttyname(slave), os.O_RDWR))
    os.dup2(slave, 0)
    os.dup2(out_write, 1)
    os.dup2(slave, 2)
    os.execvp(program[0], program)
os.close(out_write)
shown = b""
while prompt.encode() not in shown:
    shown += os.read(master, 4096)
# The program is in raw mode after its prompt. If it never is, the keys are shown, which is wrong.
import time
deadline = time.monotonic() + 5
while termios.tcgetattr(slave)[3] & termios.ECHO and time.monotonic() < deadline:
    time.sleep(0.01)
os.write(master, keys.encode().decode("unicode_escape").encode("latin-1").decode("utf-8").encode())
output = b""
while True:
    more = os.read(out_read, 4096)
    if not more:
        break
    output += more
_, status = os.waitpid(child, 0)
os.set_blocking(master, False)
try:
    shown += os.read(master, 65536)
except BlockingIOError:
    pass
print(json.dumps({
    "shown": shown.decode("utf-8", "replace"),
    "output": output.decode(),
    "status": os.waitstatus_to_exitcode(status),
    "echoes": bool(termios.tcgetattr(slave)[3] & termios.ECHO),
}))
