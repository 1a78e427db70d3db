#!/usr/bin/env python3
"""terminal.py - types into the guest's shell through a terminal, as a person does, and switches off.

Usage: terminal.py PROGRAM GUESTS [OPTION]...
"""
import os, pty, select, sys, termios, time

program, guests, options = sys.argv[1], sys.argv[2], sys.argv[3:]
command = [program, "-m", "256", "-display", "none", "-serial", "stdio", "-no-reboot",
           "-kernel", guests + "/linux-686/vmlinuz", "-initrd", guests + "/initrd.gz",
           "-append", "console=ttyS0 quiet"] + options
pid, fd = pty.fork()
if pid == 0:
    os.execv(program, command)
before = termios.tcgetattr(fd)
seen = b""


def fail(what):
    sys.stderr.write(seen.decode("latin-1") + "\nFAILED: " + what + "\n")
    os.kill(pid, 9)
    sys.exit(1)


def read_some(timeout):
    """Adds what the guest has written; False at the end."""
    global seen
    if not select.select([fd], [], [], timeout)[0]:
        return True
    try:
        part = os.read(fd, 65536)
    except OSError:
        return False
    seen += part
    return bool(part)


def wait_for(text, seconds):
    end = time.time() + seconds
    while text not in seen:
        if time.time() > end or not read_some(1):
            fail("no '%s' within %d s" % (text.decode(), seconds))


def type_line(line):
    global seen
    seen = b""
    os.write(fd, line + b"\r")


def finish(seconds):
    """Exit status of the program."""
    end = time.time() + seconds
    while time.time() < end:
        more = read_some(0.2)
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if not more:
            time.sleep(0.1)
    fail("no end after poweroff")


wait_for(b"BYGONE-GUEST-UP", 120)
wait_for(b"# ", 30)
type_line(b"echo $((6 * 7))-$(uname -m)")
wait_for(b"42-i686", 20)
start = time.time()
type_line(b"sleep 3; echo slept")
wait_for(b"\nslept", 30)
took = time.time() - start
if not 2.5 < took < 5:
    fail("3 seconds of the guest took %.1f s" % took)
type_line(b"sleep 100")
time.sleep(0.5)
os.write(fd, b"\x03")
wait_for(b"# ", 10)
type_line(b"poweroff -f")
status = finish(30)
if status != 0:
    fail("exit status %d" % status)
if termios.tcgetattr(fd) != before:
    fail("the terminal was not restored")
print("the shell answers; 3 s took %.2f s" % took)
