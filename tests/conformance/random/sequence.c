/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sequence in lockstep: each call to one kernel, then to the other, and what came of it compared.
 * The thread itself is in the simulated host all along; the real kernel does not mind.
 */
#include <evident/sim.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../unit/random.h"
#include "calls.h"
#include "signals.h"

enum { NKINDS_MAX = 100, MANY = 14 };

static const struct kind *kinds[NKINDS_MAX];
static int nkinds;
static uint64_t counts[NKINDS_MAX];

static void append(const struct kind *table)
{
        while (table->name != NULL && nkinds < NKINDS_MAX)
                kinds[nkinds++] = table++;
}

int kinds_count(void)
{
        if (nkinds > 0)
                return nkinds;
        append(file_kinds);
        append(make_kinds);
        append(wait_kinds);
        append(signal_kinds);
        append(socket_kinds);
        return nkinds;
}

const struct kind *kind_at(int i)
{
        return kinds[i];
}

const uint64_t *sequence_counts(void)
{
        return counts;
}

/* ---- Two arms ----------------------------------------------------------------------------------
 */

struct pair {
        struct arm real;
        struct arm sim;
        struct evsim_world *world;
        jmp_buf ended; /* the simulated world did, in the middle of a call */
        char report[300];
};

static char folder[64];

static void on_end(struct evsim_world *world, enum evsim_outcome outcome, void *arg)
{
        struct pair *p = arg;

        (void)outcome;
        (void)snprintf(p->report, sizeof p->report, "%s", evsim_world_report(world));
        longjmp(p->ended, 1);
}

static void remove_folder(void)
{
        (void)rmdir(folder);
}

static const char *folder_name(void)
{
        if (folder[0] != '\0')
                return folder;
        (void)snprintf(folder, sizeof folder, "/tmp/evident-conformance-XXXXXX");
        if (mkdtemp(folder) == NULL)
                abort();
        (void)atexit(remove_folder);
        return folder;
}

static void begin_arm(struct arm *arm, const struct kernel *kernel, bool has_watcher)
{
        static unsigned char bufs[2][BUF_SIZE];

        *arm = (struct arm){.kernel = kernel,
                            .buf = bufs[kernel->is_real],
                            .has_watcher = has_watcher,
                            .folder = folder_name()};
        memset(arm->buf, 0, BUF_SIZE);
        signals_begin(arm);
        if (!has_watcher)
                return;
        (void)kernel->epoll_create1(0);
        (void)kernel->dup2(FIRST_FD, WATCHER_FD);
        (void)kernel->close(FIRST_FD);
}

static void begin(struct pair *p, const struct sequence *q)
{
        struct evsim_world_config config = evsim_world_defaults();
        struct evsim_host *host;

        config.call_cost_ns = 0;
        config.livelock_turns = 0;
        config.watchdog_s = 0;
        config.on_end = on_end;
        config.on_end_arg = p;
        p->report[0] = '\0';
        p->world = evsim_world_new(&config);
        host = evsim_host_new(p->world, "host", NULL);
        evsim_enter(host);
        begin_arm(&p->real, &real_kernel, q->has_watcher);
        begin_arm(&p->sim, &simulated_kernel, q->has_watcher);
}

/* Connections end by a reset, so that none stays behind in the real kernel for a minute. */
static void end(struct pair *p)
{
        const struct linger linger = {.l_onoff = 1};
        char path[128];

        signals_end(&p->real);
        for (int fd = FIRST_FD; fd < NFDS; fd++) {
                if (p->real.type[fd] == TCP)
                        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
        }
        (void)close_range(FIRST_FD, WATCHER_FD, 0);
        for (char name = 'a'; name <= 'c'; name++) {
                (void)snprintf(path, sizeof path, "%s-%c", folder, name);
                (void)unlink(path);
        }
        evsim_world_free(p->world);
}

/* ---- Comparison --------------------------------------------------------------------------------
 */

static void run_op(struct arm *arm, const struct op *op, struct outcome *out)
{
        signals_for(arm);
        arm->ncalls++;
        *out = (struct outcome){0};
        out->result = kinds[op->kind]->run(arm, op->a, &out->sum);
        sum_number(&out->sum, arm->ncaught);
}

static const char *words_of(int64_t result, char text[32])
{
        if (result < 0)
                (void)snprintf(text, 32, "%s", strerrorname_np((int)-result));
        else
                (void)snprintf(text, 32, "%" PRId64, result);
        return text;
}

static void say_op(char *text, size_t size, const struct op *op)
{
        (void)snprintf(text, size, "%s %d %#x %d %d", kinds[op->kind]->name, op->a[0],
                       (unsigned)op->a[1], op->a[2], op->a[3]);
}

/* The differences that are allowed, after which the rest of the sequence means nothing. */
static enum quirk quirk_of(const struct arm *real, const struct op *op, const struct outcome *r,
                           const struct outcome *m)
{
        const char *name = kinds[op->kind]->name;
        const enum type type = arm_type(real, op->a[0]);

        if (type == EVENTFD && strncmp(name, "write", 5) == 0 && op->a[1] > 8 &&
            r->result == -EINVAL)
                return QUIRK_EVENTFD_LONG_WRITE;
        if (strcmp(name, "lseek") == 0 && type != REGULAR && r->result >= 0 && m->result == -ESPIPE)
                return QUIRK_EVENTFD_LSEEK;
        if (strncmp(name, "epoll_", 6) == 0 && r->result == -EBADF && m->result == -EINVAL)
                return QUIRK_EPOLL_WAIT_ERRORS;
        if (type == UNIX_DGRAM && m->result == -ENOTCONN && r->result < 0)
                return QUIRK_UNIX_UNCONNECTED;
        if (type == TCP && strcmp(name, "shutdown") == 0 && r->result == -ENOTCONN &&
            m->result == -ENOTCONN)
                return QUIRK_TCP_EARLY_SHUTDOWN;
        return NO_QUIRK;
}

static bool probe(const struct pair *p, struct verdict *v)
{
        struct pollfd fds[2][NFDS];
        const struct arm *arms[2] = {&p->real, &p->sim};

        for (int i = 0; i < 2; i++) {
                for (int fd = 0; fd < NFDS; fd++)
                        fds[i][fd] =
                                (struct pollfd){.fd = fd >= FIRST_FD ? fd : -1,
                                                .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP};
                (void)arms[i]->kernel->poll(fds[i], NFDS, 0);
        }
        for (int fd = FIRST_FD; fd < NFDS; fd++) {
                if (fds[0][fd].revents == fds[1][fd].revents)
                        continue;
                (void)snprintf(v->what, sizeof v->what,
                               "poll of %d afterwards: the real kernel says %#x, the simulated %#x",
                               fd, (unsigned)fds[0][fd].revents, (unsigned)fds[1][fd].revents);
                return false;
        }
        return true;
}

static void say_edges(char *text, size_t size, const struct epoll_event *events, int n)
{
        for (int i = 0; i < n; i++) {
                const size_t used = strlen(text);

                (void)snprintf(text + used, size - used, " %d:%#x", (int)events[i].data.u64,
                               events[i].events);
        }
}

static bool compare_edges(const struct pair *p, struct verdict *v)
{
        struct epoll_event events[2][NFDS];
        char text[2][150] = {"", ""};
        const int n = p->real.kernel->epoll_wait(WATCHER_FD, events[0], NFDS, 0);
        const int m = p->sim.kernel->epoll_wait(WATCHER_FD, events[1], NFDS, 0);

        say_edges(text[0], sizeof text[0], events[0], n);
        say_edges(text[1], sizeof text[1], events[1], m);
        if (strcmp(text[0], text[1]) == 0)
                return true;
        (void)snprintf(v->what, sizeof v->what,
                       "edges afterwards: the real kernel reports%s; the simulated%s", text[0],
                       text[1]);
        return false;
}

/* One call; whether the sequence goes on. */
static bool step(struct pair *p, const struct sequence *q, int at, struct verdict *v, bool is_loud)
{
        const struct op *op = &q->ops[at];
        struct outcome real;
        struct outcome sim;
        enum quirk quirk;
        char text[3][100];

        v->at = at;
        v->ncalls++;
        run_op(&p->real, op, &real);
        run_op(&p->sim, op, &sim);
        p->sim.kernel->settle();
        if (is_loud) {
                say_op(text[0], sizeof text[0], op);
                (void)printf("%3d  %-40s = %-12s %s\n", at, text[0], words_of(real.result, text[1]),
                             words_of(sim.result, text[2]));
        }
        quirk = quirk_of(&p->real, op, &real, &sim);
        if (quirk != NO_QUIRK) {
                quirk_meet(quirk, real.result != sim.result);
                v->at = -1;
                return false;
        }
        if (real.result != sim.result || real.sum != sim.sum) {
                say_op(text[0], sizeof text[0], op);
                (void)snprintf(v->what, sizeof v->what,
                               "%s: the real kernel says %s, the simulated %s%s", text[0],
                               words_of(real.result, text[1]), words_of(sim.result, text[2]),
                               real.result == sim.result ? ", but what they wrote differs" : "");
                return false;
        }
        if (q->has_watcher && !compare_edges(p, v))
                return false;
        if (q->has_probe && !probe(p, v))
                return false;
        v->at = -1;
        return true;
}

/* ---- Whole sequences ---------------------------------------------------------------------------
 */

/* A third of the types, and what waits for them. */
static void draw_character(struct sequence *q, uint64_t *random)
{
        q->has_watcher = random_below(random, 2) == 0;
        q->has_probe = random_below(random, 2) == 0;
        q->types = 0;
        for (int t = NOTHING + 1; t < NTYPES; t++)
                if (random_below(random, 3) == 0)
                        q->types |= TYPE(t);
        q->types |= random_below(random, 4) != 0 ? TYPE(EPOLL) : TYPE(PIPE_READ);
        if ((q->types & (TYPE(PIPE_READ) | TYPE(PIPE_WRITE))) != 0)
                q->types |= TYPE(PIPE_READ) | TYPE(PIPE_WRITE);
        q->n = 0;
}

static int draw_kind(const struct draw *d)
{
        int sum = 0;
        int at;

        for (int i = 0; i < nkinds; i++)
                if ((kinds[i]->types & d->types) != 0 && !(kinds[i]->makes && d->nopen > MANY))
                        sum += kinds[i]->weight;
        at = draw_below(d, sum);
        for (int i = 0; i < nkinds; i++) {
                if ((kinds[i]->types & d->types) == 0 || (kinds[i]->makes && d->nopen > MANY))
                        continue;
                at -= kinds[i]->weight;
                if (at < 0)
                        return i;
        }
        abort();
}

static void draw_op(struct sequence *q, const struct arm *arm, uint64_t *random)
{
        struct draw d = {.random = random, .arm = arm, .types = q->types};
        struct op *op = &q->ops[q->n++];

        for (int fd = FIRST_FD; fd < NFDS; fd++)
                d.nopen += arm->type[fd] != NOTHING;
        *op = (struct op){.kind = (uint8_t)draw_kind(&d)};
        kinds[op->kind]->draw(&d, op->a);
        counts[op->kind]++;
}

static struct pair pair; /* too large for a stack that is jumped over */

void sequence_draw(struct sequence *q, uint64_t seed, struct verdict *v, bool is_loud)
{
        static uint64_t random;
        static int length;

        (void)kinds_count();
        random = seed * UINT64_C(0x9e3779b97f4a7c15);
        q->seed = seed;
        draw_character(q, &random);
        length = 1 + random_below(&random, LENGTH_MAX);
        *v = (struct verdict){.at = -1};
        begin(&pair, q);
        if (setjmp(pair.ended) == 0) {
                do
                        draw_op(q, &pair.real, &random);
                while (step(&pair, q, q->n - 1, v, is_loud) && q->n < length);
        } else {
                (void)snprintf(v->what, sizeof v->what, "the simulated world ended: %s",
                               pair.report);
        }
        end(&pair);
}

void sequence_run(const struct sequence *q, struct verdict *v, bool is_loud)
{
        *v = (struct verdict){.at = -1};
        begin(&pair, q);
        if (setjmp(pair.ended) == 0) {
                for (int i = 0; i < q->n; i++)
                        if (!step(&pair, q, i, v, is_loud))
                                break;
        } else {
                (void)snprintf(v->what, sizeof v->what, "the simulated world ended: %s",
                               pair.report);
        }
        end(&pair);
}

/* Without n calls from at on. */
static void without(const struct sequence *q, int at, int n, struct sequence *shorter)
{
        *shorter = *q;
        memmove(&shorter->ops[at], &shorter->ops[at + n],
                (size_t)(q->n - at - n) * sizeof q->ops[0]);
        shorter->n -= n;
}

/* What is found must stay the same in kind, by the beginning of its words: else one difference leads
 * to another, which a draw would have avoided. */
void sequence_shrink(struct sequence *q, struct verdict *v)
{
        static struct sequence shorter;
        struct verdict now;

        q->n = v->at + 1;
        for (int size = q->n / 2; size > 0; size = size > 1 ? size / 2 : 0)
                for (int at = 0; at + size <= q->n;) {
                        without(q, at, size, &shorter);
                        sequence_run(&shorter, &now, false);
                        if (now.at < 0 || strncmp(now.what, v->what, 6) != 0) {
                                at += size;
                                continue;
                        }
                        *q = shorter;
                        q->n = now.at + 1;
                        *v = now;
                }
}
