/* SPDX-License-Identifier: ISC */
#include "spool/digest.h"

#include <assert.h>
#include <stdlib.h>

#include <openssl/evp.h>

struct digest {
	EVP_MD_CTX *ctx;
};

struct digest *
digest_new(void)
{
	struct digest *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->ctx = EVP_MD_CTX_new();
	if (d->ctx == NULL ||
	    EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL) != 1) {
		digest_free(d);
		return NULL;
	}
	return d;
}

void
digest_free(struct digest *d)
{
	if (d == NULL)
		return;
	EVP_MD_CTX_free(d->ctx);
	free(d);
}

/*
 * Once begun, SHA-256 allocates nothing and cannot fail: a failure here is
 * ours.
 */
void
digest_add(struct digest *d, const void *p, size_t n)
{
	int ok = EVP_DigestUpdate(d->ctx, p, n);

	assert(ok == 1);
	(void)ok;
}

void
digest_end(struct digest *d, char hex[static 65])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int ok = EVP_DigestFinal_ex(d->ctx, sum, &n);

	assert(ok == 1 && n == 32);
	for (unsigned i = 0; i < 32; i++) {
		hex[2 * i] = digits[sum[i] >> 4];
		hex[2 * i + 1] = digits[sum[i] & 15];
	}
	hex[64] = '\0';
	ok = EVP_DigestInit_ex(d->ctx, NULL, NULL);
	assert(ok == 1);
	(void)ok;
}
