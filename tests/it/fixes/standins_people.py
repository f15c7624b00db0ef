#!/usr/bin/env python3
"""Plays `docker exec SERVER ak …` on stand-ins of authentik's people and groups.

The rows stand in the file that STANDINS names: users and groups as the API has them, "locked" for
those without a password, "saves" for how often anything was changed."""

import json
import os
import sys

PATH = os.environ["STANDINS"]
with open(PATH) as file:
    WORLD = json.load(file)


def changed():
    WORLD["saves"] += 1


class Rows(list):
    def exists(self):
        return bool(self)

    def delete(self):
        for one in list(self):
            one.drop()
        return (len(self), {})


class Manager:
    def __init__(self, model, rows):
        self.model, self.rows = model, rows

    def filter(self, **wanted):
        def fits(row):
            for key, value in wanted.items():
                field, _, how = key.partition("__")
                if (row.get(key, row.get(field)) not in value) if how == "in" else (row.get(key, row.get(field)) != value):
                    return False
            return True

        return Rows(self.model(row) for row in self.rows if fits(row))

    def get(self, **wanted):
        found = self.filter(**wanted)
        if len(found) != 1:
            raise LookupError("%s matching query: %d" % (self.model.__name__, len(found)))
        return found[0]

    def get_or_create(self, defaults=None, **wanted):
        found = self.filter(**wanted)
        if found:
            return found[0], False
        row = self.model.new()
        row.update(wanted, **(defaults or {}))
        self.rows.append(row)
        changed()
        return self.model(row), True


class Model:
    def __init__(self, row):
        self.__dict__["row"] = row

    def __getattr__(self, name):
        row = self.__dict__["row"]
        if name not in row:
            raise AttributeError(name)
        return row[name]

    def __setattr__(self, name, value):
        if name not in self.row:
            raise AttributeError("authentik's model has no field %s" % name)
        self.row[name] = value

    def save(self):
        changed()


class User(Model):
    @staticmethod
    def new():
        pk = max(row["pk"] for row in WORLD["users"]) + 1
        WORLD["locked"].append(pk)
        return dict(WORLD["users"][0], pk=pk, email="", groups=[], is_active=True, last_login=None)

    def has_usable_password(self):
        return self.pk not in WORLD["locked"]

    def set_password(self, new):
        assert len(new) >= 20, "a password worth the name"
        WORLD["locked"] = [pk for pk in WORLD["locked"] if pk != self.pk]

    def set_unusable_password(self):
        WORLD["locked"].append(self.pk)

    def drop(self):
        WORLD["locked"] = [pk for pk in WORLD["locked"] if pk != self.pk]
        WORLD["users"].remove(self.row)
        changed()


class Members:
    def __init__(self, group):
        self.group = group

    def filter(self, pk):
        users = User.objects.filter(pk=pk)
        return Rows(u for u in users if self.group.pk in u.groups)

    def add(self, *users):
        for user in users:
            if self.group.pk not in user.groups:
                user.groups.append(self.group.pk)
                changed()

    def remove(self, *users):
        for user in users:
            if self.group.pk in user.groups:
                user.groups.remove(self.group.pk)
                changed()


class Group(Model):
    @staticmethod
    def new():
        pk = "00000000-0000-4000-8000-0000000000ff"
        return {"pk": pk, "name": "", "is_superuser": False, "parent": None}

    @property
    def users(self):
        return Members(self)

    def drop(self):
        for user in User.objects.filter():
            if self.pk in user.groups:
                user.groups.remove(self.pk)
        WORLD["groups"].remove(self.row)
        changed()


class Token(Model):
    def drop(self):
        WORLD["tokens"].remove(self.row)


User.objects = Manager(User, WORLD["users"])
Group.objects = Manager(Group, WORLD["groups"])
Token.objects = Manager(Token, WORLD["tokens"])


def create_admin_group(username):
    group, _ = Group.objects.get_or_create(name="authentik Admins")
    group.is_superuser = True
    group.users.add(User.objects.get(username=username))


def create_recovery_key(minutes, username):
    assert minutes == "60"
    user = User.objects.get(username=username)
    WORLD["tokens"].append({"intent": "recovery", "user__pk": user.pk, "user": user.pk})
    print("/recovery/use-token/abc/")


argv = [word for word in sys.argv[1:] if word not in ("-i", "-it")]
assert argv[:3] == ["exec", "authentik-server", "ak"], argv
if argv[3:5] == ["shell", "-c"]:
    exec(compile(argv[5], "fix", "exec"), {"User": User, "Group": Group, "Token": Token})
elif argv[3] == "create_admin_group":
    create_admin_group(argv[4])
elif argv[3] == "create_recovery_key":
    create_recovery_key(*argv[4:])
elif argv[3] == "changepassword":
    assert argv[4] == "--", argv
    User.objects.get(username=argv[5]).set_password("x" * 20)
else:
    sys.exit("unknown: %r" % argv)
with open(PATH, "w") as file:
    json.dump(WORLD, file)
