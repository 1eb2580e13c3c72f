/* SPDX-License-Identifier: ISC */
/*
 * Without libFuzzer: feed the target nothing, then every file of the folders
 * named, whole and cut at some places.
 */
#include "base/io.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { CUTS = 8, FILE_MAX_BYTES = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* A copy of its own size, so that a sanitizer sees a read past its end. */
static void
feed(const char *p, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	if (copy == NULL)
		abort();
	if (n > 0)
		memcpy(copy, p, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static int
feed_file(const char *path)
{
	char *text;
	size_t n;
	struct err e = ERR_NONE;

	if (io_slurp(path, FILE_MAX_BYTES, &text, &n, &e) != 0) {
		fprintf(stderr, "%s: %s\n", path, e.text);
		return 1;
	}
	feed(text, n);
	for (size_t i = 1; i < CUTS; i++)
		feed(text, n * i / CUTS);
	free(text);
	return 0;
}

static int
feed_folder(const char *path, unsigned *fed)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	int status = 0;

	if (d == NULL) {
		perror(path);
		return 1;
	}
	while ((entry = readdir(d)) != NULL) {
		char file[1024];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		status |= feed_file(file);
		++*fed;
	}
	closedir(d);
	return status;
}

int
main(int argc, char **argv)
{
	unsigned fed = 0;
	int status = 0;

	feed("", 0);
	for (int i = 1; i < argc; i++)
		status |= feed_folder(argv[i], &fed);
	printf("%s: %u corpus files\n", argv[0], fed);
	return status;
}
