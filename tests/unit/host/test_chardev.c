/* test_chardev.c - serial lines to a file, to nothing, and to a terminal that must survive. */
#include <fcntl.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/err.h"
#include "host/chardev.h"
#include "host/display.h"

static void unknown_line_is_refused(void **state)
{
    struct err e = {0};

    (void)state;
    assert_null(chardev_open("tty:xyz", &e));
    assert_non_null(strstr(e.msg, "tty:xyz"));
    assert_null(chardev_open("file:", NULL));
}

static void directory_is_no_output_file(void **state)
{
    struct err e = {0};

    (void)state;
    assert_null(chardev_open("file:/tmp", &e));
    assert_non_null(strstr(e.msg, "'/tmp'"));
}

static void file_holds_what_was_written_at_once(void **state)
{
    char path[] = "/tmp/bygone-chardev-XXXXXX", spec[64], text[16] = "";
    int fd = mkstemp(path);
    struct chardev *c;

    (void)state;
    snprintf(spec, sizeof spec, "file:%s", path);
    c = chardev_open(spec, NULL);
    assert_non_null(c);
    c->write(c, "hello", 5);
    assert_int_equal(read(fd, text, sizeof text), 5);
    assert_string_equal(text, "hello");
    assert_int_equal(c->read(c, text, 1), 0);
    c->close(c);
    close(fd);
    unlink(path);
}

static void null_swallows_all(void **state)
{
    struct chardev *c = chardev_open("null", NULL);
    char byte;

    (void)state;
    c->write(c, "x", 1);
    assert_int_equal(c->read(c, &byte, 1), 0);
    assert_int_equal(c->poll_fd(c), -1);
    assert_false(c->terminal);
    c->close(c);
}

/* The child at the far end of a pty: opens the line, says so, and echoes until told to quit. */
static void child_main(bool exits_by_itself)
{
    struct chardev *c = chardev_open("stdio", NULL);
    uint8_t buf[16];

    if (!c || !c->terminal)
        _exit(2);
    c->write(c, "ready", 5);
    while (!c->quit) {
        size_t n = c->read(c, buf, sizeof buf);
        if (n)
            c->write(c, buf, n);
        usleep(1000);
    }
    if (exits_by_itself)
        exit(0); /* without close: the exit handler restores */
    c->close(c);
    _exit(0);
}

static pid_t open_pty(int *pty, bool exits_by_itself, struct termios *before)
{
    char text[6] = "";
    pid_t pid = forkpty(pty, NULL, NULL, NULL);

    if (pid == 0)
        child_main(exits_by_itself);
    assert_true(pid > 0);
    assert_int_equal(tcgetattr(*pty, before), 0);
    before->c_lflag |= ICANON | ECHO | ISIG; /* as a fresh pty is */
    for (size_t n = 0; n < 5;) {
        ssize_t got = read(*pty, text + n, 5 - n);
        assert_true(got > 0);
        n += (size_t)got;
    }
    assert_string_equal(text, "ready");
    return pid;
}

static void assert_cooked(int pty)
{
    struct termios now;

    assert_int_equal(tcgetattr(pty, &now), 0);
    assert_int_equal(now.c_lflag & (ICANON | ECHO | ISIG), ICANON | ECHO | ISIG);
}

/* Keeps the terminal alive after the child, so that its settings can be read. */
static void leaves_terminal_cooked(bool exits_by_itself, int sig)
{
    struct termios before, raw;
    int pty, status, slave;
    char byte;
    pid_t pid = open_pty(&pty, exits_by_itself, &before);
    char name[64];

    assert_int_equal(ptsname_r(pty, name, sizeof name), 0);
    slave = open(name, O_RDWR | O_NOCTTY);
    assert_true(slave >= 0);
    assert_int_equal(tcgetattr(pty, &raw), 0);
    assert_int_equal(raw.c_lflag & (ICANON | ECHO | ISIG), 0);
    assert_int_equal(write(pty, "\x03", 1), 1); /* Ctrl-C is a byte */
    assert_int_equal(read(pty, &byte, 1), 1);
    assert_int_equal(byte, 3);
    if (sig) {
        kill(pid, sig);
        waitpid(pid, &status, 0);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), sig);
    } else {
        assert_int_equal(write(pty, "\x01\x01", 2), 2); /* Ctrl-A itself */
        assert_int_equal(read(pty, &byte, 1), 1);
        assert_int_equal(byte, 1);
        assert_int_equal(write(pty, "\x01x", 2), 2);
        waitpid(pid, &status, 0);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    assert_cooked(pty);
    close(slave);
    close(pty);
}

static void ctrl_a_x_quits_and_close_restores(void **state)
{
    (void)state;
    leaves_terminal_cooked(false, 0);
}

static void exit_without_close_restores(void **state)
{
    (void)state;
    leaves_terminal_cooked(true, 0);
}

static void signals_restore_before_they_end_the_process(void **state)
{
    (void)state;
    leaves_terminal_cooked(false, SIGTERM);
    leaves_terminal_cooked(false, SIGHUP);
    leaves_terminal_cooked(false, SIGINT);
    leaves_terminal_cooked(false, SIGABRT);
}

static void stop_restores_and_continue_is_raw_again(void **state)
{
    struct termios before, now;
    int pty, status;
    pid_t pid = open_pty(&pty, false, &before);

    (void)state;
    /* A session without a parent in it is orphaned: SIGTSTP does not stop it, but restores. */
    kill(pid, SIGSTOP);
    waitpid(pid, &status, WUNTRACED);
    assert_true(WIFSTOPPED(status));
    kill(pid, SIGCONT);
    usleep(50000);
    assert_int_equal(tcgetattr(pty, &now), 0);
    assert_int_equal(now.c_lflag & ICANON, 0);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    close(pty);
}

static void pipe_as_input_ends_quietly(void **state)
{
    int in[2], saved = dup(0);
    struct chardev *c;
    char text[8] = "";

    (void)state;
    assert_int_equal(pipe(in), 0);
    assert_int_equal(write(in[1], "a\001x", 3), 3);
    close(in[1]);
    dup2(in[0], 0);
    close(in[0]);
    c = chardev_open("stdio", NULL);
    assert_false(c->terminal);
    assert_int_equal(c->read(c, text, sizeof text), 3); /* no escapes in a pipe */
    assert_int_equal(c->read(c, text, sizeof text), 0);
    assert_int_equal(c->poll_fd(c), -1);
    assert_false(c->quit);
    c->close(c);
    dup2(saved, 0);
    close(saved);
}

static void code_page_437_has_its_lines_and_letters(void **state)
{
    (void)state;
    assert_int_equal(cp437_to_unicode('A'), 'A');
    assert_int_equal(cp437_to_unicode(0x81), 0xfc);
    assert_int_equal(cp437_to_unicode(0xc4), 0x2500);
    assert_int_equal(cp437_to_unicode(0xdb), 0x2588);
    assert_int_equal(cp437_to_unicode(0xe1), 0xdf);
    assert_int_equal(cp437_to_unicode(0x10), 0x25ba);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_line_is_refused),
        cmocka_unit_test(directory_is_no_output_file),
        cmocka_unit_test(file_holds_what_was_written_at_once),
        cmocka_unit_test(null_swallows_all),
        cmocka_unit_test(ctrl_a_x_quits_and_close_restores),
        cmocka_unit_test(exit_without_close_restores),
        cmocka_unit_test(signals_restore_before_they_end_the_process),
        cmocka_unit_test(stop_restores_and_continue_is_raw_again),
        cmocka_unit_test(pipe_as_input_ends_quietly),
        cmocka_unit_test(code_page_437_has_its_lines_and_letters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
