/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program of one's own around the library. With arguments it is the whole s2twin command, with the memory manager of
 * this folder linked in: `./linked run --ops 1M`. Without, it runs a test of its own.
 */
#include <stdlib.h>

#include "plugin.h"
#include "s2twin/run.h"

/* The life of a page: the host uses it, a VM gets it, shares it, loses it. */
static const char *const life[] = {
	"map_page_host addr=0x40003000",
	"assign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40003",
	"map_pfn_vm vmid=1 addr=0x7000 pte=0x40003000 level=3",
	"grant_vm_page vmid=1 pfn=0x40003",
	"map_page_host addr=0x40003000",
	"revoke_vm_page vmid=1 pfn=0x40003",
	"get_level_s2pt vmid=0 addr=0x40003000",
	"clear_vm_page vmid=1 pfn=0x40003",
};

static int test_life(void)
{
	char error[256];
	struct s2t_twin *twin = s2t_twin_create("default", memory_plugin(), error, sizeof(error));
	enum s2t_twin_verdict verdict = S2T_TWIN_AGREES;

	if (!twin) {
		fprintf(stderr, "linked: %s\n", error);
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < sizeof(life) / sizeof(life[0]) && verdict == S2T_TWIN_AGREES; i++) {
		verdict = s2t_twin_line(twin, life[i], error, sizeof(error));
		printf("%-56s %s\n", life[i], verdict == S2T_TWIN_AGREES ? "agrees" : "DOES NOT AGREE");
	}
	if (verdict == S2T_TWIN_DIFFERS)
		s2t_twin_report(twin, stdout);
	s2t_twin_destroy(twin);
	return verdict == S2T_TWIN_AGREES ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	return argc > 1 ? s2t_main(argc, argv, memory_plugin()) : test_life();
}
