# SPDX-License-Identifier: BSD-3-Clause
"""The types of an object file, from its debug information as readelf prints it.

The compiler writes there what it made of every declaration: sizes, offsets, values, types. So
nothing here parses C, and any compiler for any machine will do, without running anything.
"""
import re
import subprocess

DIE = re.compile(r"^ <(\d+)><([0-9a-f]+)>: Abbrev Number: \d+ \(DW_TAG_(\w+)\)")
ATTRIBUTE = re.compile(r"^\s+<[0-9a-f]+>\s+DW_AT_(\w+)\s*: (.*)$")
FILE_ENTRY = re.compile(r"^\s+(\d+)\t(\d+)\t\d+\t\d+\t(.*)$")
DIRECTORY_ENTRY = re.compile(r"^\s+(\d+)\t(\S+)$")
AGGREGATES = {"structure_type": "struct", "union_type": "union"}


class Die:
    """One entry of the debug information."""

    def __init__(self, depth, tag):
        self.depth, self.tag, self.attributes, self.children = depth, tag, {}, []

    @property
    def name(self):
        return self.attributes.get("name")

    def number(self, attribute, default=0):
        return int(self.attributes.get(attribute, default))


def value_of(text):
    """What readelf prints after the attribute's name, without the remarks around it."""
    text = re.sub(r"^\(indirect (line )?string, offset: 0x[0-9a-f]+\): ", "", text.strip())
    return re.sub(r"\s*\((alt |data).*\)$", "", text)


class Types:
    """All types of one object file (compiled with -g -gdwarf-4 -gno-split-dwarf)."""

    def __init__(self, readelf, path):
        self.by_offset, self.top = {}, []
        self._read(subprocess.run([readelf, "--debug-dump=info", path], check=True,
                                  capture_output=True, text=True).stdout)
        self.files = self._files(subprocess.run([readelf, "--debug-dump=rawline", path], check=True,
                                                capture_output=True, text=True).stdout)

    def _read(self, dump):
        stack = []
        for line in dump.splitlines():
            begin = DIE.match(line)
            if begin:
                die = Die(int(begin[1]), begin[3])
                self.by_offset[begin[2]] = die
                del stack[die.depth:]
                (stack[-1].children if stack else self.top).append(die)
                stack.append(die)
                continue
            attribute = ATTRIBUTE.match(line)
            if attribute and stack:
                stack[-1].attributes[attribute[1]] = value_of(attribute[2])

    @staticmethod
    def _files(dump):
        directories, files = {}, {}
        for line in dump.splitlines():
            entry = FILE_ENTRY.match(line)
            if entry:
                files[entry[1]] = directories.get(entry[2], ".") + "/" + entry[3]
                continue
            entry = DIRECTORY_ENTRY.match(line)
            if entry:
                directories[entry[1]] = entry[2]
        return files

    def file_of(self, die):
        return self.files.get(die.attributes.get("decl_file"), "")

    def referred(self, die):
        reference = die.attributes.get("type")
        return self.by_offset[reference.strip("<>").removeprefix("0x")] if reference else None

    def size(self, die):
        while die is not None and "byte_size" not in die.attributes:
            if die.tag == "array_type":
                counts = [child.number("upper_bound") + 1 for child in die.children]
                return self.size(self.referred(die)) * counts[0]
            die = self.referred(die)
        return die.number("byte_size") if die is not None else 0

    def text(self, die, inner=""):
        """A type in C's notation, typedefs resolved to what they stand for."""
        if die is None:
            return "void" + (" " + inner if inner else "")
        if die.tag == "typedef":
            return self.text(self.referred(die), inner)
        if die.tag == "const_type":
            target = self.referred(die)
            if target is not None and target.tag == "pointer_type":
                return self.text(target, "const" + (" " + inner if inner else ""))
            return "const " + self.text(target, inner)
        if die.tag == "pointer_type":
            return self._pointer(die, inner)
        if die.tag == "subroutine_type":
            kinds = ["..." if p.tag == "unspecified_parameters" else self.text(self.referred(p))
                     for p in die.children]
            return self.text(self.referred(die), f"{inner}({', '.join(kinds) or 'void'})")
        if die.tag == "array_type":
            count = die.children[0].number("upper_bound") + 1
            return self.text(self.referred(die), f"{inner}[{count}]")
        word = AGGREGATES.get(die.tag, "enum" if die.tag == "enumeration_type" else "")
        return " ".join(part for part in (word, die.name or "{}", inner) if part)

    def _pointer(self, die, inner):
        target = self.referred(die)
        while target is not None and target.tag == "typedef":
            target = self.referred(target)
        if target is not None and target.tag in ("subroutine_type", "array_type"):
            return self.text(target, f"(*{inner})")
        return self.text(self.referred(die), "*" + inner)

    def members(self, die, path="", base=0):
        """(path, offset, size, type) of every member, with those of nameless types inside."""
        for member in die.children:
            if member.tag != "member":
                continue
            target = self.referred(member)
            name = f"{path}.{member.name or '?'}"
            offset = base + member.number("data_member_location")
            yield name, offset, self.size(target), self.text(target)
            if target.tag in AGGREGATES and target.name is None:
                yield from self.members(target, name, offset)
