"""A minimal service manager: a datagram socket for notifications, a listening socket as fd 3.

usage: service_manager.py notify|activate FOLDER PROGRAM [ARGUMENT ...]

Prints each message as JSON, and the port of the socket that it passes. Passes SIGTERM to the
program, and ends with it.
"""
import json, os, signal, socket, sys

mode, folder, command = sys.argv[1], sys.argv[2], sys.argv[3:]
path = os.path.join(folder, "notify")
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(path)
listening = socket.socket()
listening.bind(("127.0.0.1", 0))
listening.listen(16)


def say(**what):
    print(json.dumps(what), flush=True)


child = os.fork()
if child == 0:
    os.environ["NOTIFY_SOCKET"] = path
    if mode == "activate":
        os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="stillstream.socket")
        if listening.fileno() == 3:
            os.set_inheritable(3, True)
        else:
            os.dup2(listening.fileno(), 3)
    else:
        os.environ.update(WATCHDOG_USEC="400000", WATCHDOG_PID=str(os.getpid()))
    os.execvp(command[0], command)

say(port=listening.getsockname()[1], pid=child)


def end(*_):
    os.kill(child, signal.SIGTERM)
    # Also if a test has stopped it.
    os.kill(child, signal.SIGCONT)


signal.signal(signal.SIGTERM, end)
notify.settimeout(0.2)
while True:
    try:
        say(message=notify.recv(4096).decode())
    except socket.timeout:
        pass
    done, status = os.waitpid(child, os.WNOHANG)
    if done:
        say(status=os.waitstatus_to_exitcode(status))
        break
