#!/usr/bin/env python3
"""Plays `docker exec SERVER ak shell` on stand-ins of what decides who may open an application.

The rows stand in the file that STANDINS names, as the API has them; "saves" counts changes."""

import json
import os
import sys

PATH = os.environ["STANDINS"]
with open(PATH) as file:
    WORLD = json.load(file)


def changed():
    WORLD["saves"] += 1


class Model:
    def __init__(self, row):
        self.__dict__["row"] = row

    def __getattr__(self, name):
        if name not in self.__dict__["row"]:
            raise AttributeError(name)
        return self.__dict__["row"][name]

    def __setattr__(self, name, value):
        if name not in self.row:
            raise AttributeError("authentik's model has no field %s" % name)
        self.row[name] = value

    def save(self):
        changed()


class Rows:
    """Asked anew whenever it is looked at, as Django's query sets are until they are read."""

    def __init__(self, model, wanted):
        self.model, self.wanted = model, wanted

    def found(self):
        plain = {key.removesuffix("__pk"): getattr(value, "key", value) for key, value in self.wanted.items()}
        return [row for row in self.model.rows if all(row[key] == value for key, value in plain.items())]

    def exists(self):
        return bool(self.found())

    def delete(self):
        found = self.found()
        for row in found:
            self.model.rows.remove(row)
            changed()
        return (len(found), {})


class Manager:
    def __init__(self, model):
        self.model = model

    def filter(self, **wanted):
        return Rows(self.model, wanted)

    def including_expired(self):
        return self

    def get(self, **wanted):
        found = self.filter(**wanted).found()
        if len(found) != 1:
            raise LookupError("%s matching query: %d" % (self.model.__name__, len(found)))
        return self.model(found[0])

    def create(self, **fields):
        row = {"negate": False, "enabled": True, "policy": None, "group": None, "user": None, "timeout": 30}
        row.update({key: getattr(value, "key", value) for key, value in fields.items()})
        row["pk"] = "00000000-0000-4000-a000-0000000000ff"
        self.model.rows.append(row)
        changed()


class Application(Model):
    rows = WORLD["applications"]

    @property
    def key(self):
        # What bindings name as their target.
        return self.pk


class User(Model):
    rows = WORLD["users"]

    @property
    def key(self):
        return self.pk


class Members:
    def __init__(self, group):
        self.group = group

    def filter(self, pk):
        inside = [row for row in User.rows if row["pk"] == pk and self.group.pk in row["groups"]]
        return type("Found", (), {"exists": lambda _: bool(inside)})()

    def add(self, user):
        if self.group.pk not in user.groups:
            user.groups.append(self.group.pk)
            changed()

    def remove(self, user):
        if self.group.pk in user.groups:
            user.groups.remove(self.group.pk)
            changed()


class Group(Model):
    rows = WORLD["groups"]

    @property
    def users(self):
        return Members(self)


class PolicyBinding(Model):
    rows = WORLD["bindings"]


for model in (Application, User, Group, PolicyBinding):
    model.objects = Manager(model)

argv = [word for word in sys.argv[1:] if word not in ("-i", "-it")]
assert argv[:5] == ["exec", "authentik-server", "ak", "shell", "-c"], argv
exec(compile(argv[5], "fix", "exec"), {m.__name__: m for m in (Application, User, Group, PolicyBinding)})
with open(PATH, "w") as file:
    json.dump(WORLD, file)
