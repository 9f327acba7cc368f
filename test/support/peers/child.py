"""A program that stands in for one that captures frames, and misbehaves on request.

usage: child.py WORD... -- ANYTHING

The words, executed in order:
  print FILE     writes the file to standard output
  say TEXT       writes a line to standard error
  mutter TEXT    writes the text to standard error, without a newline
  deaf FILE      ignores SIGTERM, noting it in FILE
  helper FILE    starts a deaf helper in its own process group, and notes its id in FILE
  escapee FILE   starts a helper outside the group that ends when FILE is removed, and notes its id
  note FILE      writes a line to FILE
  help TEXT      prints TEXT and exits with 0 if the arguments after -- contain -h
  want TEXT      exits with 64 unless the arguments after -- end with TEXT
  unless TEXT    exits with 1 if the arguments after -- end with TEXT
  sleep          waits a minute
  exit N         exits with N
"""
import os
import signal
import sys
import time


def wait():
    """Longer than any test, and bounded: a killed test ends no process."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        time.sleep(1)
    os._exit(99)


def note(path, text):
    with open(path, "a", encoding="utf-8") as file:
        file.write(text + "\n")


def await_note(path):
    """The file is there before its first line is."""
    while not os.path.exists(path) or os.path.getsize(path) == 0:
        time.sleep(0.005)


def deaf(path):
    signal.signal(signal.SIGTERM, lambda *_: note(path, "SIGTERM"))


def print_file(path):
    with open(path, "rb") as file:
        sys.stdout.buffer.write(file.read())
    sys.stdout.flush()


def complain(text):
    sys.stderr.write(text)
    sys.stderr.flush()


def start_helper(path):
    if os.fork() == 0:
        deaf(path)
        note(path, str(os.getpid()))
        wait()
    await_note(path)


def start_escapee(path):
    if os.fork() == 0:
        os.setsid()
        note(path, str(os.getpid()))
        while os.path.exists(path):
            time.sleep(0.02)
        os._exit(0)
    await_note(path)


def want(text, rest):
    if not " ".join(rest).endswith(text):
        complain("unexpected arguments: " + " ".join(rest))
        sys.exit(64)


def main(arguments):
    split = arguments.index("--") if "--" in arguments else len(arguments)
    words, rest = iter(arguments[:split]), arguments[split + 1 :]
    for word in words:
        if word == "print":
            print_file(next(words))
        elif word == "say":
            complain(next(words) + "\n")
        elif word == "mutter":
            complain(next(words))
        elif word == "deaf":
            deaf(next(words))
        elif word == "note":
            note(next(words), "here")
        elif word == "help":
            text = next(words)
            if "-h" in rest:
                print(text)
                sys.exit(0)
        elif word == "helper":
            start_helper(next(words))
        elif word == "escapee":
            start_escapee(next(words))
        elif word == "want":
            want(next(words), rest)
        elif word == "unless":
            if " ".join(rest).endswith(next(words)):
                sys.exit(1)
        elif word == "exit":
            sys.exit(int(next(words)))
        elif word == "sleep":
            wait()
        else:
            raise ValueError(word)


main(sys.argv[1:])
