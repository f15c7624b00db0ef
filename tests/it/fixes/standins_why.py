#!/usr/bin/env python3
"""Plays `docker exec SERVER ak …` on stand-ins of authentik's reputation, WebAuthn devices, tokens and
people. The rows stand in the file that STANDINS names: "scores", "devices", "tokens", "users"."""

import json
import os
import sys

PATH = os.environ["STANDINS"]
with open(PATH) as file:
    WORLD = json.load(file)


class Rows(list):
    table = None

    def filter(self, **wanted):
        return self.kept(lambda row: all(row[key] == value for key, value in wanted.items()))

    def exclude(self, **unwanted):
        return self.kept(lambda row: any(row[key] != value for key, value in unwanted.items()))

    def kept(self, test):
        rows = Rows(row for row in self if test(row))
        rows.table = self.table
        return rows

    def count(self):
        return len(self)

    def delete(self):
        for row in self:
            WORLD[self.table].remove(row)
        return (len(self), {})


def model(table):
    rows = Rows(WORLD[table])
    rows.table = table
    return type(table, (), {"objects": rows})


argv = [word for word in sys.argv[1:] if word not in ("-i", "-it")]
assert argv[:3] == ["exec", "authentik-server", "ak"], argv
if argv[3:5] == ["shell", "-c"]:
    models = {"Reputation": "scores", "WebAuthnDevice": "devices", "Token": "tokens"}
    exec(compile(argv[5], "fix", "exec"), {name: model(table) for name, table in models.items()})
elif argv[3] == "create_recovery_key":
    assert argv[4] == "60", argv
    pk = {row["username"]: row["pk"] for row in WORLD["users"]}[argv[5]]
    WORLD["tokens"].append({"intent": "recovery", "user__pk": pk})
    print("/recovery/use-token/abc/")
elif argv[3] == "changepassword":
    assert argv[4] == "--" and argv[5] in [row["username"] for row in WORLD["users"]], argv
else:
    sys.exit("unknown: %r" % argv)
with open(PATH, "w") as file:
    json.dump(WORLD, file)
