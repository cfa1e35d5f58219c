#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A memory manager in another process: dictionaries instead of page tables.

`s2twin run --iut "pipe:python3 toy.py" --map toy.map` speaks to it in lines; README.md has the protocol.
What is not in a dictionary has its start value, so that a reset empties them.
"""
import os
import sys

HOST = 0
NOBODY = UNKNOWN = 0xFFFFFFFF
UNFIXED = 0xFFFFFFFFFFFFFFFF
FRAME = 0x0000FFFFFFFFF000
GUEST = 1 << 57  # in the place of a page that was taken from the host
NORMAL, NORMAL_BLOCK, DEVICE = 0xFFF, 0xFFD, 0x400000000007C7
LOCK_S2PAGE, LOCK_SPT, LOCK_NPT = 2, 3, 5


class Panic(Exception):
    """Leaves an operation with its locks held."""


class Undefined(Exception):
    """A call that no table can take."""


class Board:
    """What the lines `config` and `page` said."""

    def __init__(self):
        self.regions, self.number, self.pages, self.host_gfn_zero = [], {}, {}, False

    def config(self, key, value):
        if key == "region":
            base, size, index = value.split(":")
            self.regions.append((int(base, 0), int(size, 0), index))
        elif key == "host_gfn":
            self.host_gfn_zero = value == "zero"
        else:
            self.number[key] = int(value, 0)

    def start_page(self, pfn):
        """A page belongs to the last region that covers its first byte."""
        if pfn in self.pages:
            return self.pages[pfn]
        for base, size, index in reversed(self.regions):
            if base <= pfn << 12 < base + size:
                if index == "none":
                    break
                return (HOST, 0, 0 if self.host_gfn_zero else pfn + self.number["smmu_host_offset"])
        return (NOBODY, UNKNOWN, UNFIXED)


class Manager:
    """The ten operations, and the eight below them."""

    def __init__(self, board):
        self.board = board
        self.reset()

    def reset(self):
        self.pages = {}  # pfn: owner, count, gfn
        self.tokens = {}  # pfn: the word that fills the page
        self.npt = {}  # vmid, gfn: level, pte
        self.spt = {}  # context, gfn: pte
        self.given = {}  # vmid: pages of content that it has supplied
        self.held = set()
        self.panicked = ""
        self.written = []  # what the present operation wrote: (subject, keys)

    # Records and contents.

    def page(self, pfn):
        return self.pages.get(pfn) or self.board.start_page(pfn)

    def set_page(self, pfn, owner, count, gfn):
        if self.page(pfn)[0] != NOBODY:
            self.pages[pfn] = (owner, count, gfn)
            self.written.append(("page", (pfn,)))

    def set_token(self, pfn, token):
        self.tokens[pfn] = token
        self.written.append(("token", (pfn,)))

    def fill(self, vmid, pfn):
        """A VM fills a page that it is given."""
        self.check_vmid(vmid)
        n = self.given.get(vmid, 0)
        self.given[vmid] = n + 1
        self.written.append(("data_log", (vmid,)))
        self.set_token(pfn, 0xDA << 56 | (vmid & 0xFFFF) << 40 | n & 0xFFFFFFFFFF)

    # Locks.

    def take(self, lock):
        if lock in self.held:
            raise Undefined("a lock is taken that is held")
        self.held.add(lock)

    def drop(self, lock):
        self.held.discard(lock)

    def check_vmid(self, vmid):
        if vmid > self.board.number["corevisor"]:
            raise Undefined("no such VM")

    # Stage 2.

    def entry(self, vmid, gfn):
        """pfn, level, pte; in a block each frame has its own pfn."""
        level, pte = self.npt.get((vmid, gfn), (0, 0))
        return ((pte & FRAME) >> 12) + (gfn & 511 if level == 2 else 0), level, pte

    def level(self, vmid, gfn):
        _, level, pte = self.entry(vmid, gfn)
        return level if pte & FRAME else 0

    def set_entry(self, vmid, gfn, level, pte):
        if level == 3 and self.entry(vmid, gfn)[1] == 2:
            raise Panic("a page is mapped under a block")
        first, count = (gfn & ~511, 512) if level == 2 else (gfn, 1)
        for g in range(first, first + count):
            self.npt[vmid, g] = (level, pte)
        self.written.append(("npt", (vmid, gfn)))

    def map(self, vmid, addr, level, pte):
        self.check_vmid(vmid)
        self.take(LOCK_NPT + vmid)
        self.set_entry(vmid, addr >> 12, level, pte)
        self.drop(LOCK_NPT + vmid)

    def look(self, vmid, addr, what):
        self.check_vmid(vmid)
        self.take(LOCK_NPT + vmid)
        value = what(vmid, addr >> 12)
        self.drop(LOCK_NPT + vmid)
        return value

    def op_get_level_s2pt(self, vmid, addr):
        return self.look(vmid, addr, self.level)

    def op_walk_s2pt(self, vmid, addr):
        return self.look(vmid, addr, self.entry)[2]

    def op_map_s2pt(self, vmid, addr, level, pte):
        if level not in (2, 3) or pte == 0 or (level == 2 and pte & 3 == 3):
            raise Undefined("a descriptor that is none of this level")
        self.map(vmid, addr, level, pte)

    def op_clear_pfn_host(self, pfn):
        self.take(LOCK_NPT + HOST)
        if self.level(HOST, pfn):
            self.set_entry(HOST, pfn, 3, GUEST)
        self.drop(LOCK_NPT + HOST)

    # The SMMU.

    def context(self, cbndx, index, addr=0):
        if cbndx > 7 or index > 1 or addr >> 40:
            raise Undefined("no such context, or an IOVA that no table has")
        return 8 * index + cbndx

    def set_spt(self, context, gfn, pte):
        self.spt[context, gfn] = pte
        self.written.append(("spt", (context, gfn)))

    def op_init_spt(self, cbndx, index):
        context = self.context(cbndx, index)
        self.take(LOCK_SPT)
        for key in [key for key in self.spt if key[0] == context]:
            self.set_spt(context, key[1], 0)
        self.drop(LOCK_SPT)

    def op_walk_spt(self, cbndx, index, addr):
        context = self.context(cbndx, index, addr)
        self.take(LOCK_SPT)
        pte = self.spt.get((context, addr >> 12), 0)
        self.drop(LOCK_SPT)
        return pte

    def op_map_spt(self, cbndx, index, addr, pte):
        context = self.context(cbndx, index, addr)
        self.take(LOCK_SPT)
        self.set_spt(context, addr >> 12, pte)
        self.drop(LOCK_SPT)

    def op_unmap_spt(self, cbndx, index, addr):
        context = self.context(cbndx, index, addr)
        self.take(LOCK_SPT)
        pte = self.spt.get((context, addr >> 12), 0)
        if pte:
            self.set_spt(context, addr >> 12, 0)
        self.drop(LOCK_SPT)
        return pte

    # The ten. Each takes the lock of the records.

    def op_map_page_host(self, addr):
        pfn = addr >> 12
        self.take(LOCK_S2PAGE)
        owner, count, _ = self.page(pfn)
        if owner == NOBODY:
            self.map(HOST, addr, 3, pfn << 12 | DEVICE)
        elif owner == HOST or count > 0:
            self.map(HOST, addr, 3, pfn << 12 | NORMAL)
        else:
            raise Panic("the page is another's")
        self.drop(LOCK_S2PAGE)

    def op_clear_vm_page(self, vmid, pfn):
        self.take(LOCK_S2PAGE)
        if self.page(pfn)[0] == vmid:
            self.op_clear_pfn_host(pfn)
            self.set_page(pfn, HOST, 0, pfn + self.board.number["smmu_host_offset"])
            self.set_token(pfn, 0)
        self.drop(LOCK_S2PAGE)

    def op_assign_pfn_to_vm(self, vmid, gfn, pfn):
        self.take(LOCK_S2PAGE)
        owner, count, old = self.page(pfn)
        if owner == HOST:
            if count > 0:
                raise Panic("the host's devices use the page")
            self.op_clear_pfn_host(pfn)
            self.set_page(pfn, vmid, 0, gfn)
            self.fill(vmid, pfn)
        elif owner != vmid or old not in (gfn, UNFIXED):
            raise Panic("the page is another's, or in another place")
        else:
            self.set_page(pfn, vmid, 0 if count == UNKNOWN else count, gfn)
        self.drop(LOCK_S2PAGE)

    def op_map_pfn_vm(self, vmid, addr, pte, level):
        if level == 2:
            self.map(vmid, addr, 2, pte & FRAME | NORMAL_BLOCK)
        else:
            self.map(vmid, addr, 3, pte & FRAME | NORMAL)

    def op_map_vm_io(self, vmid, gpa, pa):
        self.take(LOCK_S2PAGE)
        if self.page(pa >> 12)[0] == NOBODY:
            self.map(vmid, gpa, 3, pa & FRAME | DEVICE)
        self.drop(LOCK_S2PAGE)

    def op_grant_vm_page(self, vmid, pfn):
        self.take(LOCK_S2PAGE)
        owner, count, gfn = self.page(pfn)
        limit = self.board.number["max_share_count"]
        if owner == vmid and (count <= limit if FAULT else count < limit):
            self.set_page(pfn, owner, count + 1, gfn)
        self.drop(LOCK_S2PAGE)

    def op_revoke_vm_page(self, vmid, pfn):
        self.take(LOCK_S2PAGE)
        owner, count, gfn = self.page(pfn)
        if owner == vmid and count > 0:
            self.set_page(pfn, owner, count - 1, gfn)
            if count == 1:
                self.op_clear_pfn_host(pfn)
                self.fill(vmid, pfn)
        self.drop(LOCK_S2PAGE)

    def op_assign_pfn_to_smmu(self, vmid, gfn, pfn):
        self.take(LOCK_S2PAGE)
        owner, count, _ = self.page(pfn)
        if owner == HOST:
            if count > 0:
                raise Panic("the host's devices use the page")
            self.op_clear_pfn_host(pfn)
            self.set_page(pfn, vmid, UNKNOWN, gfn)
        elif owner != vmid:
            raise Panic("the page is another's")
        self.drop(LOCK_S2PAGE)

    def op_update_smmu_page(self, vmid, cbndx, index, iova, pte):
        pfn = (pte & FRAME) >> 12
        self.take(LOCK_S2PAGE)
        owner, count, gfn = self.page(pfn)
        if owner != vmid or gfn != iova >> 12:
            raise Panic("the page is another's, or in another place")
        self.op_map_spt(cbndx, index, iova, pte)
        if owner == HOST and count < self.board.number["el2_smmu_cfg_size"]:
            self.set_page(pfn, owner, count + 1, gfn)
        self.drop(LOCK_S2PAGE)

    def op_unmap_smmu_page(self, cbndx, index, iova):
        self.take(LOCK_S2PAGE)
        pfn = (self.op_unmap_spt(cbndx, index, iova) & FRAME) >> 12
        owner, count, gfn = self.page(pfn)
        if owner == HOST and count > 0:
            self.set_page(pfn, owner, count - 1, gfn)
        self.drop(LOCK_S2PAGE)


def state_of(manager, subject, keys):
    """The values of one entry."""
    if subject == "page":
        return manager.page(*keys)
    if subject == "npt":
        return manager.entry(*keys)
    if subject == "spt":
        pte = manager.spt.get(keys, 0)
        return (pte & FRAME) >> 12, pte
    if subject == "token":
        return (manager.tokens.get(keys[0], 0),)
    if subject == "data_log":
        return (manager.given.get(keys[0], 0),)
    return (1 if keys[0] in manager.held else 0,)  # lock


def answer(manager, subject, keys):
    values = state_of(manager, subject, keys)
    return "= " + " ".join([subject, *map(hex, keys), *map(hex, values)])


def operate(manager, words):
    """Runs an operation; the lines to say."""
    arguments = {key: int(value, 0) for key, value in (word.split("=") for word in words[1:])}
    manager.written = []
    try:
        if not manager.panicked:
            value = getattr(manager, "op_" + words[0])(**arguments)
    except Panic as why:
        manager.panicked = str(why)
    except Undefined as why:
        return [f"undefined {why}"]
    # What was written is said at once, and what locks are held: it would be asked for.
    lines = [answer(manager, subject, keys) for subject, keys in manager.written]
    locks = {LOCK_S2PAGE, LOCK_SPT, LOCK_NPT, LOCK_NPT + arguments.get("vmid", 0)} | manager.held
    lines += [answer(manager, "lock", (lock,)) for lock in sorted(locks)]
    if manager.panicked:
        return lines + [f"panic {manager.panicked}"]
    return lines + ["ok" if value is None else f"ok {value:#x}"]


FAULT = "TOY_FAULT" in os.environ  # for the test that sees it found


def main():
    board, manager = Board(), None
    for line in sys.stdin:
        words = line.split()
        if words[0] == "hello":
            lines = ["hello 1 toy 1 locks data_log touched release"]
        elif words[0] == "config":
            board.config(*words[1].split("=", 1))
            continue
        elif words[0] == "page":
            fields = dict(word.split("=") for word in words[1:])
            pfn, *record = (int(fields[key], 0) for key in ("pfn", "owner", "count", "gfn"))
            board.pages[pfn] = tuple(record)
            continue
        elif words[0] == "start":
            manager = Manager(board)
            lines = ["ok"]
        elif words[0] == "reset":
            manager.reset()
            lines = ["ok"]
        elif words[0] == "release":
            manager.held, manager.panicked = set(), ""
            lines = ["ok"]
        elif words[0] == "?":
            lines = [answer(manager, words[1], tuple(int(word, 0) for word in words[2:]))]
        else:
            lines = operate(manager, words)
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
