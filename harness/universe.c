/* SPDX-License-Identifier: BSD-2-Clause */
/* Universes: the named ones, and the parts of any. */
#include "universe.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "optable.h"
#include "quotient.h"
#include "scan.h"

enum {
	FIRST_PAGE = 0x40001, /* the page before is where blocks begin */
	DEVICE = 0x40200,     /* a range of 2 MiB on, so that it takes a table of its own */
	HOST_OFFSET = 0x10000,
	FIRST_FRAME = 0x50010, /* in one range with the numbers that pages of the host have with the SMMU */
	NEXT_RANGE = 0x50200,
	FAR_RANGE = 0x8000000, /* under another entry of the root table */
};

const struct s2t_universe s2t_universes[] = {
	{ "default", 2, 3, 2, 1, 4, 4, true },  { "tiny", 1, 2, 1, 1, 1, 1, false },
	{ "small", 2, 2, 1, 1, 2, 2, true },    { "limits", 2, 3, 2, 1, 2, 2, true },
	{ "guests", 2, 3, 2, 1, 2, 2, false },  { "vms", 3, 2, 2, 1, 2, 2, true },
	{ "contexts", 2, 2, 1, 2, 2, 2, true }, { "pages", 2, 4, 1, 1, 1, 1, false },
	{ "large", 3, 3, 2, 1, 3, 3, true },    { NULL, 0, 0, 0, 0, 0, 0, false },
};

const struct s2t_universe *s2t_universe_find(const char *name)
{
	for (const struct s2t_universe *universe = s2t_universes; universe->name; universe++)
		if (strcmp(universe->name, name) == 0)
			return universe;
	return NULL;
}

/* Of a universe: how many guest frames its devices have. */
static unsigned device_frames(const struct s2t_universe *universe)
{
	return universe->host ? 1 : universe->frames;
}

/* Small pools, so that they run out: one table of each level for each VM, two of each for the SMMU (init_spt forgets
 * those of its context, so that any number is used up). */
static void print_board(FILE *out, const struct s2t_universe *universe)
{
	fprintf(out, "config region=0x40000000:0x200000:0x0\nconfig region=0x%x000:0x1000:none\n", DEVICE);
	fprintf(out, "config corevisor=%u\n", universe->vms + 1);
	fprintf(out, "config max_share_count=%u\nconfig el2_smmu_cfg_size=%u\n", universe->max_share_count,
	        universe->el2_smmu_cfg_size);
	fprintf(out, "config smmu_host_offset=0x%x\n", HOST_OFFSET);
	fprintf(out, "config pgd_offset=0x1000\nconfig pud_offset=0x2000\nconfig pmd_offset=0x3000\n"
	             "config pt_pool_per_vm=0x4000\n");
	fprintf(out,
	        "config smmu_pgd_start=0x30000\nconfig smmu_pmd_start=0x32000\nconfig smmu_pool_end=0x34000\n");
}

static void print_ownership(FILE *out, const struct s2t_universe *universe)
{
	for (unsigned page = FIRST_PAGE; page < FIRST_PAGE + universe->pages; page++) {
		fprintf(out, "map_page_host addr=0x%x000\n", page);
		fprintf(out, "clear_vm_page vmid=0 pfn=0x%x\n", page);
		for (unsigned vmid = 1; vmid <= universe->vms; vmid++) {
			fprintf(out, "clear_vm_page vmid=%u pfn=0x%x\n", vmid, page);
			fprintf(out, "grant_vm_page vmid=%u pfn=0x%x\n", vmid, page);
			fprintf(out, "revoke_vm_page vmid=%u pfn=0x%x\n", vmid, page);
			for (unsigned i = 0; i < universe->frames; i++)
				fprintf(out, "assign_pfn_to_vm vmid=%u gfn=0x%x pfn=0x%x\n", vmid,
				        FIRST_FRAME + i, page);
			for (unsigned i = 0; i < device_frames(universe); i++)
				fprintf(out, "assign_pfn_to_smmu vmid=%u gfn=0x%x pfn=0x%x\n", vmid,
				        FIRST_FRAME + i, page);
		}
	}
}

static void print_smmu(FILE *out, const struct s2t_universe *universe, unsigned cbndx)
{
	const unsigned last_page = FIRST_PAGE + universe->pages - 1;

	fprintf(out, "init_spt cbndx=%u index=0\n", cbndx);
	for (unsigned gfn = FIRST_FRAME; gfn < FIRST_FRAME + device_frames(universe); gfn++) {
		fprintf(out, "unmap_smmu_page cbndx=%u index=0 iova=0x%x000\n", cbndx, gfn);
		for (unsigned vmid = universe->host; vmid <= universe->vms; vmid++)
			for (unsigned page = FIRST_PAGE; page <= last_page; page++)
				fprintf(out,
				        "update_smmu_page vmid=%u cbndx=%u index=0 iova=0x%x000 pte=0x%x003\n",
				        vmid, cbndx, gfn, page);
	}
	for (unsigned page = FIRST_PAGE; page <= last_page && universe->host; page++) {
		fprintf(out, "update_smmu_page vmid=0 cbndx=%u index=0 iova=0x%x000 pte=0x%x003\n", cbndx,
		        page + HOST_OFFSET, page);
		fprintf(out, "unmap_smmu_page cbndx=%u index=0 iova=0x%x000\n", cbndx, page + HOST_OFFSET);
	}
}

/* What more there is with the host: the device page, the block over its pages, and RAM where a device should be. */
static void print_host(FILE *out, const struct s2t_universe *universe)
{
	fprintf(out, "map_page_host addr=0x%x000\n", DEVICE);
	fprintf(out, "map_pfn_vm vmid=0 addr=0x%x000 pte=0x%x7fd level=2\n", FIRST_PAGE - 1, FIRST_PAGE - 1);
	for (unsigned vmid = 1; vmid <= universe->vms; vmid++)
		fprintf(out, "map_vm_io vmid=%u gpa=0x%x000 pa=0x%x000\n", vmid, FIRST_FRAME, FIRST_PAGE - 1);
}

static void print_tables(FILE *out, const struct s2t_universe *universe, unsigned vmid)
{
	const unsigned ranges[] = { FIRST_FRAME & ~511U, NEXT_RANGE, FAR_RANGE };

	for (unsigned gfn = FIRST_FRAME; gfn < FIRST_FRAME + universe->frames; gfn++) {
		fprintf(out, "get_level_s2pt vmid=%u addr=0x%x000\n", vmid, gfn);
		fprintf(out, "walk_s2pt vmid=%u addr=0x%x000\n", vmid, gfn);
		fprintf(out, "map_vm_io vmid=%u gpa=0x%x000 pa=0x%x000\n", vmid, gfn, DEVICE);
		for (unsigned page = FIRST_PAGE; page < FIRST_PAGE + universe->pages; page++)
			fprintf(out, "map_pfn_vm vmid=%u addr=0x%x000 pte=0x%xfff level=3\n", vmid, gfn, page);
	}
	/* Any level but 2 means a page, and the bits of a descriptor from 48 up mean nothing. */
	fprintf(out, "map_pfn_vm vmid=%u addr=0x%x000 pte=0xffff0000%xfff level=1\n", vmid, FIRST_FRAME,
	        FIRST_PAGE);
	/* Frame 0, which a walk reads as no mapping. */
	fprintf(out, "map_pfn_vm vmid=%u addr=0x%x000 pte=0xfff level=3\n", vmid, FIRST_FRAME);
	/* There is one table for pages, of this range or of that. */
	fprintf(out, "map_pfn_vm vmid=%u addr=0x%x000 pte=0x%xfff level=3\n", vmid, NEXT_RANGE, FIRST_PAGE);
	fprintf(out, "map_vm_io vmid=%u gpa=0x%x000 pa=0x%x000\n", vmid, NEXT_RANGE, DEVICE);
	/* Blocks over the frames, beside them, and where it takes another table; and one that begins in the midst of 2 MiB. */
	for (unsigned i = 0; i < 3; i++)
		fprintf(out, "map_pfn_vm vmid=%u addr=0x%x000 pte=0x%x7fd level=2\n", vmid, ranges[i],
		        FIRST_PAGE - 1);
	fprintf(out, "map_pfn_vm vmid=%u addr=0x%x000 pte=0x%x7fd level=2\n", vmid, NEXT_RANGE, FIRST_PAGE);
}

char *s2t_universe_text(const struct s2t_universe *universe)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "s2twin-trace 1\n# Each line is a call that `s2twin explore` makes from every state.\n");
	print_board(out, universe);
	print_ownership(out, universe);
	for (unsigned cbndx = 0; cbndx < universe->contexts; cbndx++)
		print_smmu(out, universe, cbndx);
	if (universe->host)
		print_host(out, universe);
	for (unsigned vmid = 1; vmid <= universe->vms; vmid++)
		print_tables(out, universe, vmid);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

bool s2t_universe_load(struct s2t_trace *trace, const char *name, struct s2t_error *error)
{
	const struct s2t_universe *universe = s2t_universe_find(name);
	bool good;

	*error = (struct s2t_error){ .resource = false };
	if (universe) {
		char *text = s2t_universe_text(universe);

		snprintf(error->text, sizeof(error->text), "not enough memory");
		error->resource = !text;
		good = text && s2t_trace_parse(trace, S2T_TRACE, name, text, strlen(text), error);
		free(text);
	} else {
		good = s2t_trace_load(trace, S2T_TRACE, name, error);
		if (!good && access(name, F_OK) != 0 && !strchr(name, '/') && !strchr(name, '.'))
			(void)snprintf(error->text, sizeof(error->text),
			               "there is no universe '%s' (`s2twin explore --list`), and no such file",
			               s2t_quote_text(name).text);
	}
	if (!good || s2t_trace_check_physical(trace, name, error))
		return good;
	s2t_trace_free(trace);
	return false;
}

/* The VM whose tables are all that a call reads and writes; 0: there is more. map_vm_io asks who owns the page, too:
 * of a page without a record that is always the same. */
static uint64_t tables_of(const struct s2t_board *board, const struct s2t_call *call)
{
	switch ((enum s2t_op)call->op) {
	case S2T_OP_MAP_PFN_VM:
	case S2T_OP_MAP_S2PT:
	case S2T_OP_GET_LEVEL_S2PT:
	case S2T_OP_WALK_S2PT: return call->arg[0];
	case S2T_OP_MAP_VM_IO:
		return s2t_board_record_of(board, call->arg[2] >> 12) == S2T_NOMAP ? call->arg[0] : 0;
	default: return 0;
	}
}

unsigned s2t_universe_parts(struct s2t_trace *trace, size_t part[S2T_MAX_PARTS + 1])
{
	unsigned parts = 0;
	size_t sorted = 0;

	part[0] = 0;
	/* Hypercalls read and write the tables of VMs. */
	if (s2t_makes_hypercalls(trace->call, trace->count)) {
		part[1] = trace->count;
		return 1;
	}
	/* Those that are no VM's tables first, then VM after VM; each part in the order of the trace. */
	for (uint64_t vmid = 0; vmid <= trace->board.corevisor; vmid++) {
		for (size_t i = sorted; i < trace->count; i++) {
			const struct s2t_call call = trace->call[i];

			if (tables_of(&trace->board, &call) != vmid && parts + 1 < S2T_MAX_PARTS)
				continue;
			memmove(&trace->call[sorted + 1], &trace->call[sorted], (i - sorted) * sizeof(call));
			trace->call[sorted++] = call;
		}
		if (sorted > part[parts])
			part[++parts] = sorted;
	}
	if (sorted < trace->count)
		part[++parts] = trace->count;
	return parts;
}
