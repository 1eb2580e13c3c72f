/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "daemon/child.h"
#include "daemon/peers.h"

struct scene {
	struct event_base *base;
	struct peers *peers;
	unsigned work, lost, unread, up, replies, courier_up, courier_lost;
	unsigned broken;
	uint64_t job;               /* the last that was told */
	int32_t pid;
	char partner[CONFIG_NAME];
};

static void
scene_on_work(void *ctx, const struct work_reply *m)
{
	struct scene *s = ctx;

	s->work++;
	s->job = m->job;
}

static void
scene_on_worker_lost(void *ctx, uint64_t job)
{
	struct scene *s = ctx;

	s->lost++;
	s->job = job;
}

static void
scene_on_work_unread(void *ctx, uint64_t job)
{
	struct scene *s = ctx;

	s->unread++;
	s->job = job;
}

static void
scene_on_worker_up(void *ctx)
{
	((struct scene *)ctx)->up++;
}

static void
scene_on_courier(void *ctx, const char *partner,
    const struct courier_reply *m)
{
	struct scene *s = ctx;

	s->replies++;
	s->job = m->job;
	slice_copy(slice_str(partner), s->partner, sizeof(s->partner));
}

static void
scene_on_courier_up(void *ctx, const char *partner)
{
	struct scene *s = ctx;

	s->courier_up++;
	slice_copy(slice_str(partner), s->partner, sizeof(s->partner));
}

static void
scene_on_courier_lost(void *ctx, const char *partner)
{
	struct scene *s = ctx;

	s->courier_lost++;
	slice_copy(slice_str(partner), s->partner, sizeof(s->partner));
}

static void
scene_on_broken(void *ctx, enum role_kind kind, int32_t pid, const char *why)
{
	struct scene *s = ctx;

	assert_true(kind == ROLE_WORKER || kind == ROLE_COURIER);
	assert_true(why[0] != '\0');
	s->broken++;
	s->pid = pid;
}

static const struct peers_ops scene_ops = {
	scene_on_work, scene_on_worker_lost, scene_on_work_unread,
	scene_on_worker_up,
	scene_on_courier, scene_on_courier_up, scene_on_courier_lost,
	scene_on_broken,
};

static int
scene_begin(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->base = event_base_new();
	assert_non_null(s->base);
	s->peers = peers_new(s->base, &scene_ops, s);
	assert_non_null(s->peers);
	*state = s;
	return 0;
}

static int
scene_end(void **state)
{
	struct scene *s = *state;

	peers_free(s->peers);
	event_base_free(s->base);
	free(s);
	return 0;
}

static void
scene_turn(struct scene *s)
{
	assert_true(event_base_loop(s->base, EVLOOP_NONBLOCK) >= 0);
}

/* The peer's own end of its socket. */
static int
scene_add(struct scene *s, enum role_kind kind, uint32_t index,
    const char *partner)
{
	struct role_message m = { .word = ROLE_PEER, .kind = kind,
	    .index = index, .pid = 1000 + (int32_t)index };
	struct err e = ERR_NONE;
	int pair[2];

	slice_copy(slice_str(partner), m.partner, sizeof(m.partner));
	assert_int_equal(child_pair(pair, &e), 0);
	assert_int_equal(child_nonblocking(pair[0], &e), 0);
	assert_int_equal(child_nonblocking(pair[1], &e), 0);
	assert_int_equal(peers_add(s->peers, &m, pair[0], &e), 0);
	return pair[1];
}

static bool
scene_work(struct scene *s, uint64_t job, int64_t now)
{
	struct work_request m = { .kind = WORK_INSPECT, .job = job };

	return peers_work(s->peers, &m, NULL, 0, now);
}

static void
read_work(int sock, uint64_t job)
{
	struct work_request m;
	struct err e = ERR_NONE;
	int fds[MESSAGE_FDS];
	unsigned nfds;

	assert_int_equal(message_receive(sock, &m, sizeof(m), fds, &nfds, &e),
	    1);
	assert_int_equal(m.job, job);
}

static void
answer_work(int sock, uint64_t job)
{
	struct work_reply m = { .job = job };
	struct err e = ERR_NONE;

	assert_int_equal(message_send(sock, &m, sizeof(m), NULL, 0, &e), 0);
}

static void
peers_give_each_worker_one_job(void **state)
{
	struct scene *s = *state;
	int a = scene_add(s, ROLE_WORKER, 0, "");
	int b = scene_add(s, ROLE_WORKER, 1, "");

	assert_int_equal(s->up, 2);
	assert_true(scene_work(s, 1, 0));
	assert_true(scene_work(s, 2, 0));
	assert_false(scene_work(s, 3, 0));
	/* The last that came was asked first. */
	answer_work(b, 1);
	scene_turn(s);
	assert_int_equal(s->work, 1);
	assert_int_equal(s->job, 1);
	assert_true(scene_work(s, 3, 0));
	assert_false(scene_work(s, 4, 0));
	close(a);
	close(b);
}

static void
peers_tell_which_job_a_dead_worker_had(void **state)
{
	struct scene *s = *state;
	int a = scene_add(s, ROLE_WORKER, 0, ""), b;

	assert_true(scene_work(s, 7, 0));
	read_work(a, 7);
	close(a);
	scene_turn(s);
	assert_int_equal(s->lost, 1);
	assert_int_equal(s->job, 7);
	assert_int_equal(s->broken, 0);
	assert_false(scene_work(s, 8, 0));
	b = scene_add(s, ROLE_WORKER, 0, "");
	close(b);
	scene_turn(s);
	assert_int_equal(s->lost, 1);
}

/* Whatever it died of, the file was not it. */
static void
peers_tell_a_job_that_its_worker_did_not_live_to_read(void **state)
{
	struct scene *s = *state;
	int a = scene_add(s, ROLE_WORKER, 0, "");

	assert_true(scene_work(s, 7, 0));
	close(a);
	scene_turn(s);
	assert_int_equal(s->lost, 0);
	assert_int_equal(s->unread, 1);
	assert_int_equal(s->job, 7);
	assert_int_equal(s->broken, 0);
}

static void
peers_hang_up_on_an_answer_that_was_not_asked_for(void **state)
{
	struct scene *s = *state;
	int a = scene_add(s, ROLE_WORKER, 0, "");
	int b = scene_add(s, ROLE_WORKER, 1, "");

	answer_work(a, 5);
	scene_turn(s);
	assert_int_equal(s->broken, 1);
	assert_int_equal(s->pid, 1000);
	assert_int_equal(s->work, 0);
	assert_true(scene_work(s, 6, 0));
	answer_work(b, 7);
	scene_turn(s);
	assert_int_equal(s->broken, 2);
	assert_int_equal(s->lost, 1);
	assert_int_equal(s->job, 6);
	close(a);
	close(b);
}

static void
peers_hang_up_on_nonsense_of_a_courier(void **state)
{
	struct scene *s = *state;
	struct courier_reply m = { .outcome = OUTCOME_SENT, .job = 9 };
	struct err e = ERR_NONE;
	int a = scene_add(s, ROLE_COURIER, 0, "alpha");

	assert_int_equal(s->courier_up, 1);
	assert_int_equal(message_send(a, &m, sizeof(m), NULL, 0, &e), 0);
	scene_turn(s);
	assert_int_equal(s->replies, 1);
	assert_int_equal(s->job, 9);
	assert_string_equal(s->partner, "alpha");
	memset(m.text, 'x', sizeof(m.text));
	assert_int_equal(message_send(a, &m, sizeof(m), NULL, 0, &e), 0);
	scene_turn(s);
	assert_int_equal(s->replies, 1);
	assert_int_equal(s->broken, 1);
	assert_int_equal(s->courier_lost, 1);
	close(a);
	a = scene_add(s, ROLE_COURIER, 0, "alpha");
	assert_int_equal(write(a, "short", 5), 5);
	scene_turn(s);
	assert_int_equal(s->broken, 2);
	close(a);
}

static void
peers_replace_one_whose_successor_came_first(void **state)
{
	struct scene *s = *state;
	int a = scene_add(s, ROLE_COURIER, 0, "alpha");
	int other = scene_add(s, ROLE_COURIER, 0, "beta");
	int b = scene_add(s, ROLE_COURIER, 0, "alpha");
	struct courier_request m = { .kind = COURIER_LIST, .job = 4 }, got;
	struct err e = ERR_NONE;
	int fds[MESSAGE_FDS];
	unsigned nfds;

	assert_int_equal(s->courier_up, 3);
	assert_int_equal(s->courier_lost, 1);
	assert_true(peers_courier(s->peers, "alpha", &m, NULL, 0));
	assert_int_equal(message_receive(b, &got, sizeof(got), fds, &nfds,
	    &e), 1);
	assert_int_equal(got.job, 4);
	assert_int_equal(message_receive(a, &got, sizeof(got), fds, &nfds,
	    &e), 0);
	assert_int_equal(message_receive(other, &got, sizeof(got), fds, &nfds,
	    &e), -EAGAIN);
	assert_false(peers_courier(s->peers, "gamma", &m, NULL, 0));
	close(a);
	close(b);
	close(other);
}

static void
peers_hear_last_words_of_one_whose_successor_came_first(void **state)
{
	struct scene *s = *state;
	struct courier_reply m = { .outcome = OUTCOME_SENT, .job = 9 };
	struct err e = ERR_NONE;
	int worker = scene_add(s, ROLE_WORKER, 0, "");
	int courier = scene_add(s, ROLE_COURIER, 0, "alpha");

	assert_true(scene_work(s, 5, 0));
	read_work(worker, 5);
	answer_work(worker, 5);
	close(worker);
	worker = scene_add(s, ROLE_WORKER, 0, "");
	assert_int_equal(s->work, 1);
	assert_int_equal(s->lost, 0);
	assert_int_equal(message_send(courier, &m, sizeof(m), NULL, 0, &e), 0);
	close(courier);
	courier = scene_add(s, ROLE_COURIER, 0, "alpha");
	assert_int_equal(s->replies, 1);
	assert_int_equal(s->courier_lost, 1);
	assert_int_equal(s->courier_up, 2);
	/* And one that did not come to read its job. */
	assert_true(scene_work(s, 6, 0));
	close(worker);
	worker = scene_add(s, ROLE_WORKER, 0, "");
	assert_int_equal(s->unread, 1);
	assert_int_equal(s->lost, 0);
	close(worker);
	close(courier);
}

static void
peers_report_a_courier_that_takes_nothing(void **state)
{
	struct scene *s = *state;
	int a = scene_add(s, ROLE_COURIER, 0, "alpha");
	struct courier_request m = { .kind = COURIER_LIST };
	unsigned n = 0;

	while (peers_courier(s->peers, "alpha", &m, NULL, 0))
		assert_true(++n < 10000);
	assert_true(n > 10);
	/* Nothing would ask it again: another one must come. */
	assert_int_equal(s->broken, 1);
	assert_int_equal(s->pid, 1000);
	close(a);
	scene_turn(s);
	assert_int_equal(s->courier_lost, 1);
	/* One that is gone has its successor already. */
	a = scene_add(s, ROLE_COURIER, 0, "alpha");
	close(a);
	assert_false(peers_courier(s->peers, "alpha", &m, NULL, 0));
	assert_int_equal(s->broken, 1);
}

static void
peers_report_a_worker_that_is_late(void **state)
{
	struct scene *s = *state;
	int a = scene_add(s, ROLE_WORKER, 0, "");
	int b = scene_add(s, ROLE_WORKER, 1, "");

	assert_true(scene_work(s, 1, 1000));
	peers_check(s->peers, 1000);
	assert_int_equal(s->broken, 0);
	peers_check(s->peers, 1001);
	assert_int_equal(s->broken, 1);
	assert_int_equal(s->lost, 1);
	assert_int_equal(s->job, 1);
	assert_true(scene_work(s, 2, 2000));
	close(a);
	close(b);
}

static void
peers_show_who_is_there(void **state)
{
	struct scene *s = *state;
	int a = scene_add(s, ROLE_WORKER, 3, "");
	int b = scene_add(s, ROLE_COURIER, 0, "alpha");
	struct buf out;

	assert_true(scene_work(s, 1, 0));
	buf_init(&out, 1000);
	peers_status(s->peers, &out);
	assert_string_equal(buf_str(&out),
	    "{\"type\":\"process\",\"role\":\"courier\","
	    "\"partner\":\"alpha\",\"pid\":1000,\"state\":\"up\"}\n"
	    "{\"type\":\"process\",\"role\":\"worker\","
	    "\"pid\":1003,\"state\":\"busy\"}\n");
	buf_free(&out);
	close(a);
	close(b);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(peers_give_each_worker_one_job),
		TEST(peers_tell_which_job_a_dead_worker_had),
		TEST(peers_tell_a_job_that_its_worker_did_not_live_to_read),
		TEST(peers_hang_up_on_an_answer_that_was_not_asked_for),
		TEST(peers_hang_up_on_nonsense_of_a_courier),
		TEST(peers_replace_one_whose_successor_came_first),
		TEST(peers_hear_last_words_of_one_whose_successor_came_first),
		TEST(peers_report_a_courier_that_takes_nothing),
		TEST(peers_report_a_worker_that_is_late),
		TEST(peers_show_who_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
