/* SPDX-License-Identifier: ISC */
/*
 * cpu PROGRAM ARGUMENT...: run it, and say on standard error what it took:
 * "user seconds, system seconds, peak resident kilobytes, exit status".
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int
main(int argc, char **argv)
{
	struct rusage u;
	int status;
	pid_t pid;

	if (argc < 2)
		return 2;
	pid = fork();
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &u) < 0) {
		perror("cpu");
		return 2;
	}
	fprintf(stderr, "%.4f %.4f %ld %d\n", seconds(u.ru_utime),
	    seconds(u.ru_stime), u.ru_maxrss,
	    WIFEXITED(status) ? WEXITSTATUS(status) : 255);
	return 0;
}
