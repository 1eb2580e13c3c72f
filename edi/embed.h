/* SPDX-License-Identifier: ISC */
#ifndef EDI_EMBED_H
#define EDI_EMBED_H

/*
 * EMBED(name, path) makes name_text and name_end of a file's bytes, followed by
 * a NUL that is not of the file. The assembler looks for the path from the
 * root of the tree, where make runs.
 */
#define EMBED(name, path) \
	__asm__(".section .rodata\n" \
	    ".balign 16\n" \
	    ".globl " #name "_text\n" \
	    #name "_text:\n" \
	    ".incbin \"" path "\"\n" \
	    ".globl " #name "_end\n" \
	    #name "_end:\n" \
	    ".byte 0\n" \
	    ".previous\n"); \
	extern const char name##_text[], name##_end[]

#endif
