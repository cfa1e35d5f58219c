#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Counts the states of a universe (a trace), by another program than s2twin.

The memory operations, as the specification has them, over states that are plain values. Two states are one if some
renaming of pages and VMs takes one to the other; each state is taken to the least of its images. What is left out of
a state is what docs/explore.md names: the data log, all of a page's content but whether it is zero, and how far a
count is above both limits. Prints states, depth, transitions and panics, for each part of the universe.

Usage: count_states.py TRACE [--raw]    (--raw: pages and VMs stand for themselves)
"""
import itertools
import sys

NONE, TOP = 0xFFFFFFFF, 0xFFFFFFFFFFFF  # nobody, or no valid count; above it is nothing that a descriptor can name
TOMBSTONE = 1 << 57
DEVICE = 0x400000000007C7
SMMU = -1  # whose pools are not a VM's


class Panic(Exception):
    pass


def frame_of(pte):
    return (pte & 0xFFFFFFFFF000) >> 12


class Board:
    def __init__(self, lines):
        self.regions, self.key = [], {"smmu_host_offset": 10**9, "pgd_offset": 0x1000}
        for word in (line.split()[1] for line in lines if line.startswith("config")):
            key, value = word.split("=")
            if key == "region":
                base, size, index = value.split(":")
                self.regions.append((int(base, 0) >> 12, (int(base, 0) + int(size, 0)) >> 12, index != "none"))
            else:
                self.key[key] = int(value, 0)

    def has_record(self, pfn):
        return any(first <= pfn < end and index for first, end, index in self.regions)

    def room(self, first, end):
        return (self.key[end] - self.key[first]) // 4096


class State:
    """Maps from what differs from the start to its value: record[pfn], content (pages not zero), entry[vm, gfn],
    block[vm, range], table (a set), device[context, iova], dtable (a set), used[pool]."""

    PARTS = ("record", "content", "entry", "block", "table", "device", "dtable", "used")

    def __init__(self, board, frozen=None):
        self.board = board
        for part, value in zip(self.PARTS, frozen or [()] * len(self.PARTS)):
            setattr(self, part, dict(value))

    def freeze(self):
        return tuple(tuple(sorted(getattr(self, part).items())) for part in self.PARTS)

    def page(self, pfn):
        if not self.board.has_record(pfn):
            return (NONE, NONE, TOP)
        return self.record.get(pfn, (0, 0, pfn + self.board.key["smmu_host_offset"]))

    def set_page(self, pfn, owner, count, gfn):
        limit = max(self.board.key["max_share_count"], self.board.key["el2_smmu_cfg_size"])
        new = (owner, count if count <= limit or count == NONE else NONE - 1, gfn)
        self.record.pop(pfn, None)
        if new != self.page(pfn):
            self.record[pfn] = new

    def set_content(self, pfn, content):
        self.content.pop(pfn, None)
        if content:
            self.content[pfn] = 1

    def take(self, tables, wanted):
        """Hands out the tables that are missing; all or none."""
        missing = [(table, pool, room) for table, pool, room in wanted if table not in tables]
        if any(self.used.get(pool, 0) >= room for _, pool, room in missing):
            raise Panic
        for table, pool, _ in missing:
            tables[table] = 1
            self.used[pool] = self.used.get(pool, 0) + 1

    def map_npt(self, vm, addr, level, pte):
        gfn, room = addr >> 12, self.board.room
        wanted = [((vm, 0, gfn >> 27), (vm, 0), room("pgd_offset", "pud_offset")),
                  ((vm, 1, gfn >> 18), (vm, 1), room("pud_offset", "pmd_offset"))]
        if level == 2:
            self.take(self.table, wanted)
            self.block[vm, gfn >> 9] = pte
            self.table.pop((vm, 2, gfn >> 9), None)
            for key in [key for key in self.entry if key[0] == vm and key[1] >> 9 == gfn >> 9]:
                del self.entry[key]
            return
        if (vm, gfn >> 9) in self.block:
            raise Panic
        last = (self.board.key["pt_pool_per_vm"] - self.board.key["pmd_offset"]) // 4096
        self.take(self.table, wanted + [((vm, 2, gfn >> 9), (vm, 2), last)])
        self.entry[vm, gfn] = pte

    def clear_host(self, pfn):
        if (0, pfn >> 9) in self.block:
            raise Panic
        if frame_of(self.entry.get((0, pfn), 0)):
            self.map_npt(0, pfn << 12, 3, TOMBSTONE)

    # The operations.

    def map_page_host(self, addr):
        owner, count, _ = self.page(addr >> 12)
        if owner == NONE:
            return self.map_npt(0, addr, 3, addr | DEVICE)
        if owner != 0 and count == 0:
            raise Panic
        return self.map_npt(0, addr, 3, addr | 0xFFF)

    def clear_vm_page(self, vmid, pfn):
        if self.page(pfn)[0] == vmid:
            self.clear_host(pfn)
            self.set_page(pfn, 0, 0, pfn + self.board.key["smmu_host_offset"])
            self.set_content(pfn, 0)

    def assign_pfn_to_vm(self, vmid, gfn, pfn):
        owner, count, old = self.page(pfn)
        if owner == 0:
            if count:
                raise Panic
            self.clear_host(pfn)
            self.set_page(pfn, vmid, 0, gfn)
            self.set_content(pfn, 1)
        elif owner != vmid or old not in (gfn, TOP):
            raise Panic
        else:
            self.set_page(pfn, owner, 0 if count == NONE else count, gfn)

    def assign_pfn_to_smmu(self, vmid, gfn, pfn):
        owner, count, _ = self.page(pfn)
        if owner == 0:
            if count:
                raise Panic
            self.clear_host(pfn)
            self.set_page(pfn, vmid, NONE, gfn)
        elif owner != vmid:
            raise Panic

    def grant_vm_page(self, vmid, pfn):
        owner, count, gfn = self.page(pfn)
        if owner == vmid and count < self.board.key["max_share_count"]:
            self.set_page(pfn, owner, count + 1, gfn)

    def revoke_vm_page(self, vmid, pfn):
        owner, count, gfn = self.page(pfn)
        if owner == vmid and count > 0:
            self.set_page(pfn, owner, count - 1, gfn)
            if count == 1:
                self.clear_host(pfn)
                self.set_content(pfn, 1)

    def map_pfn_vm(self, vmid, addr, pte, level):
        pte = frame_of(pte) << 12 | (0xFFD if level == 2 else 0xFFF)
        self.map_npt(vmid, addr, level, pte)

    def map_vm_io(self, vmid, gpa, pa):
        if self.page(pa >> 12)[0] == NONE:
            self.map_npt(vmid, gpa, 3, frame_of(pa) << 12 | DEVICE)

    def get_level_s2pt(self, vmid, addr):
        pass

    walk_s2pt = get_level_s2pt

    def init_spt(self, cbndx, index):
        context = 8 * index + cbndx
        for tables in (self.device, self.dtable):
            for key in [key for key in tables if key[0] == context]:
                del tables[key]

    def update_smmu_page(self, vmid, cbndx, index, iova, pte):
        pfn, context = frame_of(pte), 8 * index + cbndx
        owner, count, gfn = self.page(pfn)
        if owner != vmid or gfn != iova >> 12:
            raise Panic
        room = self.board.room
        self.take(self.dtable, [((context, 0, iova >> 30), (SMMU, 0), room("smmu_pgd_start", "smmu_pmd_start")),
                                ((context, 1, iova >> 21), (SMMU, 1), room("smmu_pmd_start", "smmu_pool_end"))])
        self.device[context, iova >> 12] = pte
        if owner == 0 and count < self.board.key["el2_smmu_cfg_size"]:
            self.set_page(pfn, owner, count + 1, gfn)

    def unmap_smmu_page(self, cbndx, index, iova):
        pte = self.device.pop((8 * index + cbndx, iova >> 12), 0)
        owner, count, gfn = self.page(frame_of(pte))
        if owner == 0 and count > 0:
            self.set_page(frame_of(pte), owner, count - 1, gfn)


def renamings(board, calls):
    """All pairs of a renaming of pages and one of VMs."""
    pages = sorted({args["pfn"] for _, args in calls if "pfn" in args})
    vms = sorted({args["vmid"] for _, args in calls if args.get("vmid", 0) > 0})
    for page in itertools.permutations(pages):
        frame = dict(zip(pages, page))
        frame.update({old + board.key["smmu_host_offset"]: new + board.key["smmu_host_offset"]
                      for old, new in zip(pages, page)})
        for vm in itertools.permutations(vms):
            yield frame, dict(zip(vms, vm))


def image(frozen, frame, vm):
    def f(number):
        return frame.get(number, number)

    def v(number):
        return vm.get(number, number)

    def p(pte):
        return pte ^ (frame_of(pte) ^ f(frame_of(pte))) << 12

    record, content, entry, block, table, device, dtable, used = frozen
    return tuple(tuple(sorted(part)) for part in (
        [(f(pfn), (v(owner), count, f(gfn))) for pfn, (owner, count, gfn) in record],
        [(f(pfn), one) for pfn, one in content],
        [((v(a), f(gfn)), p(pte)) for (a, gfn), pte in entry],
        [((v(a), b), pte) for (a, b), pte in block],
        [((v(a), b, c), one) for (a, b, c), one in table],
        [((a, f(gfn)), p(pte)) for (a, gfn), pte in device],
        dtable,
        [((v(owner), level), n) for (owner, level), n in used]))


def count(board, calls, raw):
    names = [({}, {})] if raw else list(renamings(board, calls))

    def name(frozen):
        return min(image(frozen, *renaming) for renaming in names)

    level, depth, transitions, panics = [State(board).freeze()], 0, 0, 0
    seen = {name(level[0])}
    while True:
        following = []
        for frozen in level:
            for op, args in calls:
                state = State(board, frozen)
                transitions += 1
                try:
                    getattr(state, op)(**args)
                except Panic:
                    panics += 1
                    continue
                reached = state.freeze()
                if reached != frozen and (known := name(reached)) not in seen:
                    seen.add(known)
                    following.append(reached)
        if not following:
            return len(seen), depth, transitions, panics
        level, depth = following, depth + 1


def tables_of(board, call):
    """The VM whose tables are all that a call has to do with, or 0."""
    op, args = call
    alone = op in ("map_pfn_vm", "get_level_s2pt", "walk_s2pt") or (
        op == "map_vm_io" and not board.has_record(args["pa"] >> 12))
    return args["vmid"] if alone else 0


def main():
    with open(sys.argv[1], encoding="ascii") as trace:
        lines = [line for line in trace.read().split("\n")[1:] if line and not line.startswith("#")]
    board, calls = Board(lines), []
    for op, *args in (line.split() for line in lines if not line.startswith("config")):
        calls.append((op, {key: int(value, 0) for key, value in (arg.split("=") for arg in args)}))
    for vm in sorted({tables_of(board, call) for call in calls}):
        print(*count(board, [call for call in calls if tables_of(board, call) == vm], "--raw" in sys.argv[2:]))


if __name__ == "__main__":
    main()
