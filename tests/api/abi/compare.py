# SPDX-License-Identifier: BSD-3-Clause
"""Compares two lists of facts (facts.py); differences that are on purpose are in allowed.txt.

    compare.py WHERE EXPECTED FOUND ALLOWED

A row of ALLOWED is `where | fact | reason`. where is `ours`, for our headers against libevent's, or
`installed`, for libevent's headers on this machine against the facts that are kept here; with
`-amd64` or `-i386` after it the row is for that machine alone. fact is a key, as in `macro EV_READ`,
and may have * and ?. A row for ours that no difference needs is an error too.
"""
import fnmatch
import sys


def read_facts(path):
    with open(path, encoding="utf-8") as file:
        return dict(line.rstrip("\n").split(" = ", 1) for line in file)


def read_allowed(path, where):
    """[fact pattern] of the rows for where, as ours-amd64"""
    rows = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            cells = [cell.strip() for cell in line.split("|")]
            if len(cells) != 3 or not all(cells):
                sys.exit(f"{path}:{number}: not `where | fact | reason`")
            if where == cells[0] or where.rsplit("-", 1)[0] == cells[0]:
                rows.append(cells[1])
    return rows


def differences(expected, found):
    for fact in sorted({*expected, *found}):
        if fact.startswith("through ") and (fact not in found or fact not in expected):
            continue  # what is missing or extra has a fact of its own
        if fact not in found:
            yield fact, f"missing    {fact}\n           should be: {expected[fact]}"
        elif fact not in expected:
            yield fact, f"extra      {fact}\n           is: {found[fact]}"
        elif expected[fact] != found[fact]:
            yield fact, (f"different  {fact}\n           should be: {expected[fact]}"
                         f"\n           is:        {found[fact]}")


def main():
    where, expected, found, allowed = sys.argv[1:]
    rows, used, failures = read_allowed(allowed, where), set(), []
    for fact, message in differences(read_facts(expected), read_facts(found)):
        fitting = [row for row in rows if fnmatch.fnmatchcase(fact, row)]
        used.update(fitting)
        if not fitting:
            failures.append(message)
    if where.startswith("ours"):
        failures += [f"not needed {row}\n           is a row of {allowed}" for row in rows
                     if row not in used]
    for message in failures:
        print(f"{where}: {message}")
    print(f"{where}: {len(read_facts(expected))} facts compared, {len(failures)} wrong, "
          f"{len(used)} rows of differences on purpose")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
