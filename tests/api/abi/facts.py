# SPDX-License-Identifier: BSD-3-Clause
"""Prints all that the headers of libevent's core say to a C compiler, one fact a line.

    facts.py COMPILER DIRECTORY

COMPILER is a gcc, for any machine whose programs can be run here. DIRECTORY has event.h and
event2/. A line is `kind name = what`:

    macro M = type and value, or the tokens that it expands to
    call M = number of parameters, and the call that it expands to
    effect M ... = what it does (effects.c)
    function F = its prototype
    struct S = size and alignment       member S.m = offset, size, type
    enum E = size                       enumerator E.e = value
    typedef T = the type
    through N = the headers that declare N, each included alone
    exposes H = the system's headers that H includes, as programs expect of it

Everything comes from the compiler: the macros from its preprocessor, prototypes by -aux-info, types
from its debug information, values by running a program that prints them.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

from dwarf import AGGREGATES, Types

HERE = os.path.dirname(os.path.abspath(__file__))
HEADERS = ["event.h", "evutil.h"] + ["event2/" + name for name in (
    "event-config.h", "event.h", "event_compat.h", "event_struct.h", "keyvalq_struct.h",
    "thread.h", "util.h", "visibility.h")]
# Programs get these without asking; other headers of the system are the C library's own matter.
EXPOSED = {"errno.h", "netdb.h", "stdarg.h", "stddef.h", "stdint.h", "stdio.h", "time.h",
           "sys/socket.h", "sys/time.h", "sys/types.h"}
DEFINE = re.compile(r"#define (\w+)(\(([^)]*)\))?(?: (.*))?$")
CALL = re.compile(r"^\w+\(.*\)$")
STANDARD = "-std=gnu11"


class Headers:
    """The headers in one directory, seen by one compiler."""

    def __init__(self, compiler, directory, scratch):
        self.compiler, self.scratch = compiler, scratch
        # Under links of our own, so that the compiler takes these and not the system's, and the
        # rest of /usr/include (which may be another machine's) does not come along.
        self.stage = os.path.join(scratch, "stage")
        os.makedirs(os.path.join(self.stage, "event2"))
        # Some packages keep what depends on the machine apart; this machine's then, or else any.
        machine = self.run("-print-multiarch").stdout.strip() or "none"
        for pattern in ("event.h", "evutil.h", "event2/*.h", f"{machine}/event2/*.h",
                        "*-linux-gnu/event2/*.h"):
            for path in sorted(glob.glob(os.path.join(os.path.abspath(directory), pattern))):
                name = os.path.relpath(path, directory).split("-linux-gnu/")[-1]
                if not os.path.exists(os.path.join(self.stage, name)):
                    os.symlink(path, os.path.join(self.stage, name))

    def path(self, name):
        return os.path.join(self.scratch, name)

    def run(self, *arguments, check=True):
        command = [*self.compiler.split(), STANDARD, "-w", "-I", self.stage, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            sys.exit(f"{' '.join(command)}\n{done.stderr}")
        return done

    def write(self, headers, body=""):
        path = self.path("probe.c")
        with open(path, "w", encoding="ascii") as file:
            file.writelines(f"#include <{header}>\n" for header in headers)
            file.write('#line 1 "body"\n' + body)
        return path

    def core(self, path):
        """The core header that a path is, or None."""
        name = os.path.relpath(os.path.normpath(path), self.stage)
        return name if name in HEADERS else None

    def preprocessed(self, headers):
        """(file, line) for each line of the preprocessor's output."""
        file = ""
        for line in self.run("-E", "-dD", self.write(headers)).stdout.splitlines():
            marker = re.match(r'# \d+ "([^"]*)"', line)
            if marker:
                file = marker[1]
            else:
                yield file, line

    def macros(self, headers):
        """{name: parameters, or None for an object-like macro} that these headers leave defined."""
        found = {}
        for file, line in self.preprocessed(headers):
            define = DEFINE.match(line)
            if define and self.core(file):
                found[define[1]] = None if define[2] is None else define[3].split(",")
            elif line.startswith("#undef "):
                found.pop(line.split()[1], None)
        return found

    def functions(self, headers):
        """{name: prototype}"""
        aux, found = self.path("probe.aux"), {}
        self.run("-fsyntax-only", "-aux-info", aux, self.write(headers))
        with open(aux, encoding="ascii") as file:
            for line in file:
                entry = re.match(r"/\* (.*):\d+:\w+ \*/ (?:extern )?(.*);", line)
                if entry and self.core(entry[1]):
                    text = re.sub(r"\s+([,)])", r"\1", entry[2])
                    found[re.search(r"(\w+) \(", text)[1]] = text
        return found

    def types(self, headers):
        obj = self.path("probe.o")
        self.run("-g", "-gdwarf-4", "-fno-eliminate-unused-debug-types", "-c", self.write(headers),
                 "-o", obj)
        types = Types("readelf", obj)
        return types, [die for unit in types.top for die in unit.children
                       if die.name and "declaration" not in die.attributes
                       and self.core(types.file_of(die))]

    def exposes(self, header):
        found = {file.split("/include/")[-1].split("-linux-gnu/")[-1]
                 for file, _ in self.preprocessed([header])}
        return " ".join(sorted(found & EXPOSED))

    def accepted(self, names, line):
        """Those names for which line, with @ in place of the name, compiles."""
        body = "".join(line.replace("@", name) + "\n" for name in names)
        errors = self.run("-fsyntax-only", "-fmax-errors=0", "-ftrack-macro-expansion=0",
                          "-Werror=implicit-int", self.write(HEADERS, body), check=False).stderr
        bad = {int(number) for number in re.findall(r"^body:(\d+):\d+: error", errors, re.M)}
        return [name for number, name in enumerate(names, 1) if number not in bad]

    def output(self, body):
        """What a program prints, as {name: text}."""
        program = self.path("probe")
        self.run("-static", self.write(HEADERS, body), "-o", program)
        printed = subprocess.run([program], capture_output=True, text=True, check=True).stdout
        return dict(line.split(" = ", 1) for line in printed.splitlines())

    def expansions(self, calls):
        """{key: tokens} of {key: macro call}"""
        body = "".join(f'"@{key}" {call}\n' for key, call in calls.items())
        text = self.run("-E", "-P", self.write(HEADERS, body)).stdout
        pieces = re.split(r'"@(\w+)"', text)[1:]
        return {key: " ".join(piece.split()) for key, piece in zip(pieces[::2], pieces[1::2])}


PRELUDE = """
#include <stdio.h>
#define KIND(x) _Generic((x), int: "int", unsigned: "unsigned", long: "long", \\
        unsigned long: "unsigned long", long long: "long long", \\
        unsigned long long: "unsigned long long", short: "short", char: "char", \\
        unsigned short: "unsigned short", signed char: "signed char", \\
        unsigned char: "unsigned char", default: "other")
#define SHOW(x) printf(#x " = %s %s%llu\\n", KIND(x), (x) < 0 ? "-" : "", \\
        (x) < 0 ? 0 - (unsigned long long)(x) : (unsigned long long)(x))
int main(void) {
"""


def object_macros(headers, names):
    """{name: value} of object-like macros: numbers, texts, types, or tokens."""
    tokens = headers.expansions({name: name for name in names})
    rest = [name for name in names if tokens[name]]
    texts = headers.accepted(rest, 'char t_@[] = "" @ "";')
    numbers = headers.accepted([n for n in rest if n not in texts], '_Static_assert((@) || 1, "");')
    types = headers.accepted([n for n in rest if n not in numbers + texts],
                             "enum { e_@ = sizeof(@) };")
    body = PRELUDE
    for name in numbers:
        body += f'SHOW({name});\n'
    for name in texts:
        body += f'printf("{name} = \\"%s\\"\\n", {name});\n'
    for name in types:
        body += f'printf("{name} = type %s\\n", KIND(*({name} *)0));\n'
    values = headers.output(body + "}\n")
    return {name: values.get(name, "tokens " + tokens[name] if tokens[name] else "empty")
            for name in names}


def bare(text):
    """An expansion without space and without parentheses that change nothing."""
    text = re.sub(r"\s+", "", text)
    text = re.sub(r"(?<!\w)\((A\d|\w+)\)(?=[,)])", r"\1", text)
    text = re.sub(r"^\((?:\(int\))?(.*)\)$", r"\1", text) if text.startswith("(") else text
    return text


def call_macros(headers, macros, effects):
    """{name: parameters and expansion}; those that are not one call must have an effect."""
    arguments = {name: [f"A{i}" for i, parameter in enumerate(parameters, 1) if parameter]
                 for name, parameters in macros.items()}
    calls = {name: f"{name}({', '.join(args)})" for name, args in arguments.items()}
    facts = {}
    for name, tokens in headers.expansions(calls).items():
        facts[name] = f"{len(arguments[name])} parameters"
        if any(key.startswith(name + " ") for key in effects):
            facts[name] += ", see effect"
        elif CALL.match(bare(tokens)):
            facts[name] += ", " + bare(tokens)
        else:
            sys.exit(f"facts.py: {name} is no call of a function: effects.c must show its effect")
    return facts


def type_facts(headers):
    types, dies = headers.types(HEADERS)
    tags = [f"{AGGREGATES[die.tag]} {die.name}" for die in dies if die.tag in AGGREGATES]
    aligned = headers.output(PRELUDE + "".join(
        f'printf("{tag} = %d\\n", (int)_Alignof({tag}));\n' for tag in tags) + "}\n")
    facts = {}
    for die in dies:
        if die.tag in AGGREGATES:
            tag = f"{AGGREGATES[die.tag]} {die.name}"
            facts[tag] = f"size {types.size(die)}, alignment {aligned[tag]}"
            for name, offset, size, text in types.members(die):
                facts[f"member {die.name}{name}"] = f"offset {offset}, size {size}, {text}"
        elif die.tag == "enumeration_type":
            facts[f"enum {die.name}"] = f"size {types.size(die)}"
            for value in die.children:
                facts[f"enumerator {die.name}.{value.name}"] = value.attributes["const_value"]
        elif die.tag == "typedef":
            facts[f"typedef {die.name}"] = types.text(types.referred(die))
    return facts


def seen_through(headers):
    """{name: headers that declare it}"""
    seen = {}
    for header in HEADERS:
        names = {*headers.macros([header]), *headers.functions([header])}
        names |= {die.name for die in headers.types([header])[1]}
        for name in names:
            seen.setdefault(name, []).append(header)
    return {f"through {name}": " ".join(where) for name, where in seen.items()}


def collect(headers):
    with open(os.path.join(HERE, "effects.c"), encoding="ascii") as file:
        effects = headers.output(file.read())
    macros = headers.macros(HEADERS)
    objects = object_macros(headers, [name for name, args in macros.items() if args is None])
    calls = call_macros(headers, {n: a for n, a in macros.items() if a is not None}, effects)
    facts = {f"effect {name}": value for name, value in effects.items()}
    facts.update({f"macro {name}": value for name, value in objects.items()})
    facts.update({f"call {name}": value for name, value in calls.items()})
    facts.update({f"function {n}": text for n, text in headers.functions(HEADERS).items()})
    facts.update(type_facts(headers))
    facts.update(seen_through(headers))
    facts.update({f"exposes {header}": headers.exposes(header) for header in HEADERS})
    return facts


def main():
    compiler, directory = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        for name, value in sorted(collect(Headers(compiler, directory, scratch)).items()):
            print(f"{name} = {value}")


if __name__ == "__main__":
    main()
