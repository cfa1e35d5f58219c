#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Writes the seeds that are too long to write by hand: a VM's life, the exhaustion of each table pool, and the
# unaligned block with its 512 pages. The same bytes each time.
#
#   corpus/make_long_seeds.sh [DIRECTORY]     default: seeds/ beside this script
set -eu
out=${1:-$(dirname "$0")/seeds}
mkdir -p "$out/exhaustion" "$out/discrepancies"

# header SENTENCE: the first lines of a trace.
header() {
	printf 's2twin-trace 1\n# %s\n' "$1"
}

# assign_block VMID GFN PFN: 512 pages, which the caller maps as one block.
assign_block() {
	for ((i = 0; i < 512; i++)); do
		printf 'assign_pfn_to_vm vmid=%d gfn=0x%x pfn=0x%x\n' "$1" $(($2 + i)) $(($3 + i))
	done
}

# clear_pages VMID PFN COUNT: the pages go back to the host.
clear_pages() {
	for ((i = 0; i < $3; i++)); do
		printf 'clear_vm_page vmid=%d pfn=0x%x\n' "$1" $(($2 + i))
	done
}

{
	header 'A VM from boot to the reuse of its pages by a second VM: what KVM and QEMU make of the ten operations.'
	cat <<-'END'
	config region=0x40000000:0x40000000:0x0
	# The last 16 MiB of RAM are EL2's; two of these pages stand for all.
	page pfn=0x7f000 owner=16 count=0 gfn=0x7f000
	page pfn=0x7ffff owner=16 count=0 gfn=0x7ffff
	# The host boots and faults in RAM and a device, page by page.
	map_page_host addr=0x50000000
	map_page_host addr=0x50001000
	map_page_host addr=0x60000000
	map_page_host addr=0x9000000
	# VM 1: its interrupt controller.
	map_vm_io vmid=1 gpa=0x8010000 pa=0x2c002000
	map_vm_io vmid=1 gpa=0x8011000 pa=0x2c003000
	# VM 1: a device is assigned, so its pages are given away and mapped before the VM faults them in.
	END
	for ((i = 0; i < 16; i++)); do
		printf 'assign_pfn_to_smmu vmid=1 gfn=0x%x pfn=0x%x\n' $((0x41000 + i)) $((0x51000 + i))
		printf 'update_smmu_page vmid=1 cbndx=0 index=0 iova=0x%x pte=0x%x\n' \
			$((0x41000000 + i * 4096)) $((0x51000443 + i * 4096))
	done
	echo 'unmap_smmu_page cbndx=0 index=0 iova=0x41001000'
	echo '# VM 1: the boot image is a 2 MiB block; the host loses the two pages that it had mapped.'
	assign_block 1 0x40000 0x50000
	cat <<-'END'
	map_pfn_vm vmid=1 addr=0x40000000 pte=0x50000000 level=2
	# VM 1 runs: a 4 KiB fault on a page that the host had mapped, and one on the next page.
	assign_pfn_to_vm vmid=1 gfn=0x42000 pfn=0x60000
	map_pfn_vm vmid=1 addr=0x42000000 pte=0x60000000 level=3
	assign_pfn_to_vm vmid=1 gfn=0x42001 pfn=0x60001
	map_pfn_vm vmid=1 addr=0x42001000 pte=0x60001000 level=3
	# It faults in a page that its device has already.
	assign_pfn_to_vm vmid=1 gfn=0x41000 pfn=0x51000
	map_pfn_vm vmid=1 addr=0x41000000 pte=0x51000000 level=3
	# It shares a buffer of two pages, the host uses one, then it takes that one back.
	grant_vm_page vmid=1 pfn=0x60000
	grant_vm_page vmid=1 pfn=0x60001
	map_page_host addr=0x60000000
	revoke_vm_page vmid=1 pfn=0x60000
	# A 2 MiB fault.
	END
	assign_block 1 0x48000 0x58000
	cat <<-'END'
	map_pfn_vm vmid=1 addr=0x48000000 pte=0x58000000 level=2
	# It shares a page inside that block, and the host uses it.
	grant_vm_page vmid=1 pfn=0x58003
	map_page_host addr=0x58003000
	# VM 2 starts beside it.
	assign_pfn_to_vm vmid=2 gfn=0x42000 pfn=0x61000
	map_pfn_vm vmid=2 addr=0x42000000 pte=0x61000000 level=3
	# VM 1 ends: its device lets go, then each page goes back; the pages of VM 2 and EL2 stay.
	END
	for ((i = 0; i < 16; i++)); do
		printf 'unmap_smmu_page cbndx=0 index=0 iova=0x%x\n' $((0x41000000 + i * 4096))
	done
	clear_pages 1 0x50000 512
	clear_pages 1 0x51000 16
	clear_pages 1 0x58000 512
	clear_pages 1 0x60000 2
	cat <<-'END'
	clear_vm_page vmid=1 pfn=0x61000
	clear_vm_page vmid=1 pfn=0x7f000
	# The host has its pages back.
	map_page_host addr=0x60000000
	map_page_host addr=0x58003000
	map_page_host addr=0x50000000
	# VM 2 gets the pages of VM 1: a block, a page that the host has mapped, a page for its device.
	END
	assign_block 2 0x40000 0x50000
	cat <<-'END'
	map_pfn_vm vmid=2 addr=0x40000000 pte=0x50000000 level=2
	assign_pfn_to_vm vmid=2 gfn=0x42001 pfn=0x60000
	map_pfn_vm vmid=2 addr=0x42001000 pte=0x60000000 level=3
	assign_pfn_to_smmu vmid=2 gfn=0x41000 pfn=0x51000
	update_smmu_page vmid=2 cbndx=1 index=0 iova=0x41000000 pte=0x51000443
	grant_vm_page vmid=2 pfn=0x60000
	map_page_host addr=0x60000000
	revoke_vm_page vmid=2 pfn=0x60000
	END
} > "$out/life-cycle.trace"

# The real limits of a stage-2 pool: 256 PUD tables (one each 512 GiB), 2048 PMD tables (one each GiB), 5887 PTE
# tables (one each 2 MiB). Blocks need no PTE table. The last operation of each trace finds its pool empty.
{
	header 'The 257th PUD table of a VM: the 256 of its pool are taken by one block each 512 GiB, then a page panics.'
	for ((i = 0; i < 256; i++)); do
		printf 'map_pfn_vm vmid=1 addr=0x%x pte=0x80000000 level=2\n' $((i << 39))
	done
	printf 'map_pfn_vm vmid=1 addr=0x%x pte=0x40005000 level=3\n' $((256 << 39))
} > "$out/exhaustion/stage2-pud-256.trace"
{
	header 'The 2049th PMD table of a VM: the 2048 of its pool are taken by one block each GiB, then a block panics.'
	for ((i = 0; i <= 2048; i++)); do
		printf 'map_pfn_vm vmid=2 addr=0x%x pte=0x80000000 level=2\n' $((i << 30))
	done
} > "$out/exhaustion/stage2-pmd-2048.trace"
{
	header 'The 5888th PTE table of a VM: the 5887 of its pool are taken by one page each 2 MiB, then a page panics.'
	for ((i = 0; i <= 5887; i++)); do
		printf 'map_pfn_vm vmid=3 addr=0x%x pte=0x1000 level=3\n' $((i << 21))
	done
} > "$out/exhaustion/stage2-pte-5887.trace"
{
	header 'The 5888th PTE table of the host, which faults in one device page each 2 MiB until it panics.'
	for ((i = 0; i <= 5887; i++)); do
		printf 'map_page_host addr=0x%x\n' $((i << 21))
	done
} > "$out/exhaustion/host-pte-5887.trace"

# The SMMU pools have 256 tables of the second level (one each GiB) and 256 of the third (one each 2 MiB); all
# contexts share them. A table of the second level never comes without one of the third.
{
	header 'The 257th third-level SMMU table: one page of a VM each 2 MiB, then an update panics.'
	for ((i = 0; i <= 256; i++)); do
		printf 'assign_pfn_to_smmu vmid=1 gfn=0x%x pfn=0x%x\n' $((i << 9)) $((0x80000 + i))
		printf 'update_smmu_page vmid=1 cbndx=0 index=0 iova=0x%x pte=0x%x\n' $((i << 21)) $((0x80000443 + i * 4096))
	done
} > "$out/exhaustion/smmu-third-level-256.trace"
{
	header 'The 257th second-level SMMU table: one page each GiB, over the 16 contexts in turn, then a map panics.'
	for ((i = 0; i <= 256; i++)); do
		printf 'map_spt cbndx=%d index=%d addr=0x%x pte=0x%x\n' $((i % 8)) $((i / 8 % 2)) $((i / 16 << 30)) \
			$((0x80000443 + i * 4096))
	done
} > "$out/exhaustion/smmu-second-level-256.trace"

{
	header 'C2: a VM owns the 512 pages of an unaligned block, but the hardware maps the aligned block that begins below.'
	assign_block 1 0x200 0x80044
	echo 'map_pfn_vm vmid=1 addr=0x200000 pte=0x80044000 level=2'
} > "$out/discrepancies/C2.trace"
