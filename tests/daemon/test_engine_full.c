/* SPDX-License-Identifier: ISC */
/*
 * A full disk: the journey on a small file system of its own (needs root),
 * which is filled at another moment and to another degree each time. While it
 * is full, that is said and nothing is lost; when there is room again, all of
 * it goes through, once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/daemon/engine_journey.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

enum { SKIP = 77 };

static void
fill(const char *path, size_t leave)
{
	static char zeros[64 * 1024];
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	off_t size;

	assert_true(fd >= 0);
	for (size_t step = sizeof(zeros); step > 0; step /= 2)
		while (write(fd, zeros, step) == (ssize_t)step)
			;
	size = lseek(fd, 0, SEEK_END);
	assert_int_equal(ftruncate(fd, size > (off_t)leave ?
	    size - (off_t)leave : 0), 0);
	close(fd);
}

static unsigned
times(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

/* Full after so many effects, with so many bytes left. */
static void
full_once(unsigned after, size_t leave)
{
	struct rig *volatile r = rig_new(false);
	char filler[120];

	snprintf(filler, sizeof(filler), "%s/filler", r->dir);
	rig_pump(r);
	journey_begin(r);
	r->effects = 0;
	r->crash_at = after;
	if (setjmp(r->crashed) == 0)
		rig_run(r, 2 * RIG_MINUTE);
	/* The engine stops here as if killed: it starts on a full disk. */
	r->crash_at = 0;
	engine_free(r->g);
	rig_drop_jobs(&r->partner[0]);
	r->reply_count = 0;
	fill(filler, leave);
	rig_begin(r);
	rig_run(r, 30 * RIG_MINUTE);
	journey_check_always(r);
	/* Said, but not each time that it is tried. */
	assert_in_range(times(rig_log(r), "event=store_failed") +
	    times(rig_log(r), "event=intake_stopped"), leave == 0 ? 1 : 0, 8);
	assert_int_equal(unlink(filler), 0);
	rig_run(r, 3 * 3600 * 1000);
	journey_check_end(r);
	rig_free(r);
}

static void
full_child(void)
{
	static const size_t leaves[] = { 0, 20000, 60000, 150000, 300000 };
	char dir[] = "/tmp/x12d-full-XXXXXX";

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(SKIP);
	assert_non_null(mkdtemp(dir));
	if (mount("tmpfs", dir, "tmpfs", 0, "size=4m") < 0) {
		rmdir(dir);
		_exit(SKIP);
	}
	setenv("RIG_DIR", dir, 1);
	for (unsigned after = 1; after < 250; after += 31)
		for (size_t i = 0; i < 5; i++)
			full_once(after, leaves[i]);
	umount(dir);
	rmdir(dir);
}

static void
full_disk_is_told_and_loses_nothing(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		full_child();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIP)
		skip();
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_disk_is_told_and_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
