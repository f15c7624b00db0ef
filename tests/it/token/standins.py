"""Plays `ak shell` on stand-ins of authentik's users, groups, roles and tokens: runs the script of
standard input. The file that STANDINS names holds the rows, and is written anew when the script has
ended; what a transaction did is taken back when it fails."""

import copy
import datetime
import json
import os
import sys
import types

PATH = os.environ["STANDINS"]
with open(PATH) as file:
    WORLD = json.load(file)


class Rows(list):
    def first(self):
        return self[0] if self else None

    def exists(self):
        return bool(self)

    def count(self):
        return len(self)

    def exclude(self, **wanted):
        return Rows(one for one in self if not fits(one.row, wanted))

    def all(self):
        return self

    def values_list(self, *names):
        assert names == ("content_type__app_label", "codename"), names
        return [tuple(one.row["name"].split(".")) for one in self]


def fits(row, wanted):
    return all(row[key] == value for key, value in wanted.items())


class Manager:
    def __init__(self, model):
        self.model = model

    def all(self):
        return Rows(self.model(row=row) for row in WORLD[self.model.rows])

    def filter(self, **wanted):
        if "content_type__app_label__startswith" in wanted:
            begin = wanted.pop("content_type__app_label__startswith")
            return Rows(one for one in self.all() if one.row["name"].startswith(begin))
        return Rows(one for one in self.all() if fits(one.row, wanted))

    def get(self, **wanted):
        found = self.filter(**wanted)
        assert len(found) == 1, (wanted, len(found))
        return found[0]

    def get_or_create(self, **wanted):
        found = self.filter(**wanted)
        if found:
            return found[0], False
        made = self.model(**wanted)
        made.save()
        return made, True


class Model:
    new = {}

    def __init__(self, row=None, **fields):
        if row is None:
            row = dict(copy.deepcopy(self.new), pk=WORLD["next"])
            WORLD["next"] += 1
            for name, value in fields.items():
                row[name + "_id" if name == "user" else name] = value.pk if name == "user" else value
        self.__dict__["row"] = row

    def __getattr__(self, name):
        row = self.__dict__["row"]
        if name not in row:
            raise AttributeError(name)
        value = row[name]
        if name == "expires" and isinstance(value, str):
            return datetime.datetime.fromisoformat(value)
        return value

    def __setattr__(self, name, value):
        if name not in self.row:
            raise AttributeError("authentik's model has no field %s" % name)
        self.row[name] = value.isoformat() if isinstance(value, datetime.datetime) else value

    def save(self):
        WORLD["saves"] += 1
        if self.row not in WORLD[self.rows]:
            WORLD[self.rows].append(self.row)

    def delete(self):
        WORLD["saves"] += 1
        WORLD[self.rows] = [row for row in WORLD[self.rows] if row is not self.row]


class Linked:
    """A relation, kept as a list of primary keys in the rows of one side."""

    def __init__(self, rows, key):
        self.found, self.key = rows, key

    def add(self, one):
        if one.pk not in self.key:
            WORLD["saves"] += 1
            self.key.append(one.pk)


class User(Model):
    rows = "users"
    new = {
        "username": "", "name": "", "type": "internal", "path": "users", "is_active": True,
        "password": "usable",
    }

    def set_unusable_password(self):
        self.row["password"] = "!"

    @property
    def groups_(self):
        return Rows(Group(row=row) for row in WORLD["groups"] if self.pk in row["members"])

    @property
    def is_superuser(self):
        return any(group.is_superuser for group in self.groups_)

    def has_perm(self, name):
        roles = [pk for group in self.groups_ for pk in group.row["role_pks"]]
        held = [name for row in WORLD["roles"] if row["pk"] in roles for name in permissions_of(row)]
        return self.is_superuser or name in held

    def delete(self):
        super().delete()
        WORLD["tokens"] = [row for row in WORLD["tokens"] if row["user_id"] != self.pk]
        for group in WORLD["groups"]:
            group["members"] = [pk for pk in group["members"] if pk != self.pk]


# Up to 2025.10 and after 2026.1.
setattr(User, "ak_groups" if WORLD["old"] else "groups", User.groups_)


class Members(Rows):
    def __init__(self, row):
        super().__init__(User(row=user) for user in WORLD["users"] if user["pk"] in row["members"])
        self.add = Linked(None, row["members"]).add


class Group(Model):
    rows = "groups"
    new = {"name": "", "is_superuser": False, "members": [], "role_pks": []}

    @property
    def users(self):
        return Members(self.row)

    @property
    def roles(self):
        return Linked(None, self.row["role_pks"])


def permissions_of(row):
    return WORLD["django_groups"].get(row["name"], []) if WORLD["old"] else row["permissions"]


class DjangoGroup:
    def __init__(self, role):
        self.role, self.permissions = role, self

    def clear(self):
        WORLD["django_groups"][self.role.name] = []

    def delete(self):
        WORLD["django_groups"].pop(self.role.name, None)
        self.role.delete()


class Role(Model):
    rows = "roles"
    new = {"name": "", "permissions": []}


def give(name, row):
    assert name in [one["name"] for one in WORLD["permissions"]], "Permission.DoesNotExist: " + name
    held = WORLD["django_groups"].setdefault(row["name"], []) if WORLD["old"] else row["permissions"]
    if name not in held:
        WORLD["saves"] += 1
        held.append(name)


if WORLD["old"]:
    Role.group = property(DjangoGroup)
    Role.assign_permission = lambda role, *names: [give(name, role.row) for name in names]


class Token(Model):
    rows = "tokens"
    new = {
        "identifier": "", "user_id": None, "intent": "verification", "key": "authentik's own",
        "expiring": True, "expires": None, "description": "",
    }


class Permission(Model):
    rows = "permissions"


class atomic:
    def __enter__(self):
        self.before = copy.deepcopy(WORLD)

    def __exit__(self, kind, error, trace):
        if kind is not None:
            WORLD.clear()
            WORLD.update(self.before)


for model in (User, Group, Role, Token, Permission):
    model.objects = Manager(model)


def module(name, **members):
    made = types.ModuleType(name)
    made.__dict__.update(members)
    sys.modules[name] = made
    return made


now = lambda: datetime.datetime.now(datetime.timezone.utc)
module("django")
module("django.contrib")
module("django.contrib.auth")
module("django.contrib.auth.models", Permission=Permission)
module("django.db", transaction=types.SimpleNamespace(atomic=atomic))
module("django.utils", timezone=types.SimpleNamespace(now=now))
module("guardian")
module("guardian.shortcuts", assign_perm=lambda name, role: give(name, role.row))

space = {"User": User, "Group": Group, "Role": Role, "Token": Token}
exec(compile(sys.stdin.read(), "akd", "exec"), space)
with open(PATH, "w") as file:
    json.dump(WORLD, file)
