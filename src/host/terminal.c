/* terminal.c - the terminal as a serial line: raw mode, and its end on every way out.
 *
 * A process has one controlling terminal, and a signal handler can reach it in no other way than by
 * a static variable: `terminal` is the one exception to the rule that there are none.  It holds
 * what the terminal was like before, how often it is open, and nothing of a machine. */
#include "host/terminal.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "base/bits.h"
#include "base/err.h"
#include "base/vec.h"

#define ESCAPE_KEY 0x01 /* Ctrl-A */

static struct {
    struct termios saved, raw;
    volatile sig_atomic_t open; /* how many chardevs use it */
    bool at_exit;               /* the handler is registered */
} terminal;

static const int fatal_signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGABRT};

static void restore(void)
{
    if (terminal.open)
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal.saved);
}

/* Restores the terminal, then lets the signal do what it does by default. */
static void on_signal(int sig)
{
    int saved_errno = errno;
    sigset_t set;

    restore();
    signal(sig, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, sig);
    raise(sig);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    errno = saved_errno;
}

static void on_continue(int sig);

static void catch_signals(bool on)
{
    struct sigaction fatal = {.sa_handler = on ? on_signal : SIG_DFL, .sa_flags = SA_RESTART};
    struct sigaction cont = {.sa_handler = on ? on_continue : SIG_DFL, .sa_flags = SA_RESTART};

    for (size_t i = 0; i < ARRAY_LEN(fatal_signals); i++)
        sigaction(fatal_signals[i], &fatal, NULL);
    sigaction(SIGTSTP, &fatal, NULL);
    sigaction(SIGCONT, &cont, NULL);
}

/* Back from a stop: raw mode again, and the stop signal caught again. */
static void on_continue(int sig)
{
    int saved_errno = errno;

    (void)sig;
    if (terminal.open) {
        catch_signals(true);
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal.raw);
    }
    errno = saved_errno;
}

static bool terminal_open(struct err *e)
{
    struct termios *t = &terminal.raw;

    if (terminal.open) {
        terminal.open++;
        return true;
    }
    if (tcgetattr(STDIN_FILENO, &terminal.saved) != 0)
        return err_errno(e, "cannot read the terminal's settings");
    *t = terminal.saved;
    t->c_iflag &= (tcflag_t) ~(BRKINT | ICRNL | IGNCR | INLCR | INPCK | ISTRIP | IXON);
    t->c_lflag &= (tcflag_t) ~(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
    t->c_cflag = (t->c_cflag & (tcflag_t) ~(CSIZE | PARENB)) | CS8;
    t->c_cc[VMIN] = 1;
    t->c_cc[VTIME] = 0;
    if (!terminal.at_exit && atexit(restore) == 0)
        terminal.at_exit = true;
    terminal.open = 1;
    catch_signals(true);
    if (tcsetattr(STDIN_FILENO, TCSANOW, t) != 0) {
        terminal.open = 0;
        catch_signals(false);
        return err_errno(e, "cannot put the terminal into raw mode");
    }
    return true;
}

static void terminal_close(void)
{
    if (terminal.open == 1) {
        restore();
        catch_signals(false);
    }
    terminal.open--;
}

struct stdio_chardev {
    struct chardev c;
    bool escaped; /* Ctrl-A was typed */
    bool ended;   /* end of input */
};

static void stdio_write(struct chardev *c, const void *p, size_t n)
{
    (void)c;
    fd_write_all(STDOUT_FILENO, p, n);
}

/* Takes Ctrl-A sequences out of what was typed; returns what is left. */
static size_t unescape(struct stdio_chardev *s, uint8_t *p, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        bool is_key = p[i] == ESCAPE_KEY;

        if (is_key != s->escaped) {
            s->escaped = is_key;
            s->c.quit |= !is_key && (p[i] == 'x' || p[i] == 'X');
        } else {
            s->escaped = false;
            p[kept++] = p[i];
        }
    }
    return kept;
}

static size_t stdio_read(struct chardev *c, void *p, size_t n)
{
    struct stdio_chardev *s = (struct stdio_chardev *)c;
    struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
    ssize_t got;

    if (s->ended || n == 0 || poll(&ready, 1, 0) <= 0)
        return 0;
    got = read(STDIN_FILENO, p, n);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        s->ended = true;
    if (got <= 0)
        return 0;
    return c->terminal ? unescape(s, p, (size_t)got) : (size_t)got;
}

static int stdio_fd(struct chardev *c)
{
    return ((struct stdio_chardev *)c)->ended ? -1 : STDIN_FILENO;
}

static void stdio_close(struct chardev *c)
{
    if (c->terminal)
        terminal_close();
    free(c);
}

struct chardev *chardev_open_stdio(struct err *e)
{
    bool is_terminal = isatty(STDIN_FILENO);
    struct stdio_chardev *s;

    if (is_terminal && !terminal_open(e))
        return NULL;
    s = xcalloc(1, sizeof *s);
    s->c = (struct chardev){.write = stdio_write,
                            .read = stdio_read,
                            .poll_fd = stdio_fd,
                            .close = stdio_close,
                            .terminal = is_terminal};
    return &s->c;
}
