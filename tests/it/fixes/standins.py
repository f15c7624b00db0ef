#!/usr/bin/env python3
"""Plays `docker exec SERVER ak shell -c CODE`: runs the code on stand-ins of authentik's models.

The rows stand in the file that STANDINS names: providers and applications as the API has them,
"release" for the shape of the models, "saves" for how often anything was saved."""

import json
import os
import sys
import types

PATH = os.environ["STANDINS"]
with open(PATH) as file:
    WORLD = json.load(file)
RELEASE = tuple(WORLD["release"])


class Manager:
    def __init__(self, model, rows):
        self.model, self.rows = model, rows

    def get(self, **wanted):
        found = [r for r in self.rows if all(r.get(k) == v for k, v in wanted.items())]
        if len(found) != 1:
            raise LookupError("%s matching query: %d" % (self.model.__name__, len(found)))
        return self.model(found[0])

    def filter(self, **wanted):
        found = [r for r in self.rows if all(r.get(k) == v for k, v in wanted.items())]
        return Found(self, found)

    def get_or_create(self, defaults, **wanted):
        found = self.filter(**wanted).first()
        if found is not None:
            return found, False
        made = self.model({"name": None, "provider_id": None, **wanted})
        for name, value in defaults.items():
            setattr(made, name, value)
        self.rows.append(made.row)
        made.save()
        return made, True


class Found:
    def __init__(self, manager, rows):
        self.manager, self.rows = manager, rows

    def first(self):
        return self.manager.model(self.rows[0]) if self.rows else None

    def exists(self):
        return bool(self.rows)


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
            raise AttributeError("authentik's model has no field %s here" % name)
        self.row[name] = value

    def save(self):
        WORLD["saves"] += 1


class OAuth2Provider(Model):
    """`_redirect_uris` holds the list from 2024.8.5 and 2024.10.3, `redirect_uris` text before."""

    def __init__(self, row):
        super().__init__(row)
        row.pop("redirect_uris" if "_redirect_uris" in row else "_redirect_uris", None)
        assert ("redirect_uris" in row) == (RELEASE < (2024, 12)), RELEASE


class Application(Model):
    def delete(self):
        WORLD["applications"].remove(self.row)

    def __setattr__(self, name, value):
        if name != "provider":
            return super().__setattr__(name, value)
        self.row["provider_id"] = value and value.pk


OAuth2Provider.objects = Manager(OAuth2Provider, WORLD["providers"])
Application.objects = Manager(Application, WORLD["applications"])


class PolicyBinding(Model):
    pass


class Bindings(Manager):
    def filter(self, target):
        return Found(self, [r for r in self.rows if r["target"] == target.slug])


PolicyBinding.objects = Bindings(PolicyBinding, WORLD.get("bindings", []))

models = types.ModuleType("authentik.providers.oauth2.models")
if RELEASE >= (2026, 5):
    models.RedirectURIType = object
for name in ("authentik", "authentik.providers", "authentik.providers.oauth2"):
    sys.modules[name] = types.ModuleType(name)
sys.modules[models.__name__] = models
sys.modules["authentik.providers.oauth2"].models = models
sys.modules["authentik.providers"].oauth2 = sys.modules["authentik.providers.oauth2"]
sys.modules["authentik"].providers = sys.modules["authentik.providers"]

argv = sys.argv[1:]
assert argv[:2] == ["exec", "authentik-server"] or argv[:3] == ["exec", "-i", "authentik-server"], argv
assert argv[-4:-1] == ["ak", "shell", "-c"], argv
space = {"OAuth2Provider": OAuth2Provider, "Application": Application, "PolicyBinding": PolicyBinding}
exec(compile(argv[-1], "fix", "exec"), space)
with open(PATH, "w") as file:
    json.dump(WORLD, file)
