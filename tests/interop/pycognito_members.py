"""Compares the public members of pycognito with their table in a guide.

Usage: pycognito_members.py GUIDE

The members are those of modules and classes, the arguments of constructors, and the attributes
that methods set. Fails if the table lacks a member, or names one that does not exist.
"""

import ast
import inspect
import re
import sys
import textwrap

import pycognito
from pycognito import aws_srp, exceptions, utils


def public(names):
    return {name for name in names if not name.startswith("_")}


def attributes(cls):
    """Returns the attributes that methods of a class set on `self`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    targets = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    set_on_self = (
        node.attr
        for node in targets
        if isinstance(node.ctx, ast.Store) and getattr(node.value, "id", "") == "self"
    )
    return public(set_on_self)


def members_of(cls):
    name = cls.__name__
    found = {f"{name}.{member}" for member in public(vars(cls)) | attributes(cls)}
    if "__init__" in vars(cls):
        arguments = list(inspect.signature(cls.__init__).parameters.values())[1:]
        named = (it.name for it in arguments if it.kind == it.POSITIONAL_OR_KEYWORD)
        found |= {f"{name}({argument})" for argument in named}
    return found or {name}


def members_of_modules():
    found = set()
    for module in (pycognito, aws_srp, exceptions, utils):
        for name in public(vars(module)):
            member = getattr(module, name)
            its_own = getattr(member, "__module__", None) == module.__name__
            if inspect.isclass(member):
                found |= members_of(member) if its_own else set()
            elif name.isupper() or inspect.isfunction(member) and its_own:
                found.add(name)
    return found


def members_in(guide):
    """Returns the names in the first cell of rows with three cells; `Type(a, b)` names both arguments."""
    found = set()
    with open(guide, encoding="utf-8") as lines:
        rows = [line.split(" | ") for line in lines]
    first = "".join(row[0] for row in rows if len(row) == 3)
    for code in re.findall(r"`([^`]+)`", first):
        constructor = re.fullmatch(r"(\w+)\(([\w, ]+)\)", code)
        if constructor:
            name, arguments = constructor.groups()
            found |= {f"{name}({argument})" for argument in arguments.split(", ")}
        else:
            found.add(code)
    return found


there, listed = members_of_modules(), members_in(sys.argv[1])
for name in sorted(there - listed):
    print(f"the table lacks `{name}`")
for name in sorted(listed - there):
    print(f"pycognito has no `{name}`")
if there != listed:
    sys.exit(1)
print(f"all {len(there)} members of pycognito are in the table")
