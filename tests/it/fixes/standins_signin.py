#!/usr/bin/env python3
"""Plays `docker`: `container inspect NAME`, `cp NAME:PATH -`, and `exec SERVER ak shell -c CODE` on
stand-ins of authentik's models.

The file that STANDINS names holds the rows: "providers" and "mappings" as the API has them, "saves"
for how often anything was saved, "inspect" and "files" for the app's container."""

import io
import json
import os
import sys
import tarfile
import uuid

PATH = os.environ["STANDINS"]
with open(PATH) as file:
    WORLD = json.load(file)
argv = sys.argv[1:]

if argv[:2] == ["container", "inspect"]:
    assert argv[2] == "coder", argv
    json.dump(WORLD["inspect"], sys.stdout)
    sys.exit()
if argv[0] == "cp":
    assert argv[2] == "-", argv
    name, path = argv[1].split(":", 1)
    text = WORLD["files"][path].encode()
    entry = tarfile.TarInfo(os.path.basename(path))
    entry.size = len(text)
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as archive:
        archive.addfile(entry, io.BytesIO(text))
    sys.exit()


class Found(list):
    def exists(self):
        return bool(self)


class Manager:
    def __init__(self, model, rows):
        self.model, self.rows = model, rows

    def filter(self, **wanted):
        def fits(row):
            for key, value in wanted.items():
                if key == "provider__isnull":
                    used = any(row["pk"] in p["property_mappings"] for p in WORLD["providers"])
                    if used == value:
                        return False
                elif key.endswith("__in"):
                    if row[key[:-4]] not in value:
                        return False
                elif row[key] != value:
                    return False
            return True

        return Found(self.model(row) for row in self.rows if fits(row))

    def get(self, **wanted):
        found = self.filter(**wanted)
        assert len(found) == 1, (wanted, len(found))
        return found[0]

    def get_or_create(self, defaults, **wanted):
        found = self.filter(**wanted)
        if found:
            return found[0], False
        row = dict(wanted, **defaults, pk=str(uuid.uuid4()), managed=None)
        self.rows.append(row)
        return self.model(row), True


class Model:
    def __init__(self, row):
        self.__dict__["row"] = row

    def __getattr__(self, name):
        return self.__dict__["row"][name]

    def __setattr__(self, name, value):
        assert name in self.row, "authentik's model has no field " + name
        self.row[name] = value

    def save(self):
        WORLD["saves"] += 1


class Selected:
    def __init__(self, row):
        self.pks = row["property_mappings"]

    def all(self):
        return [ScopeMapping.objects.get(pk=pk) for pk in self.pks]

    def add(self, *mappings):
        self.pks.extend(m.pk for m in mappings if m.pk not in self.pks)

    def remove(self, *mappings):
        for mapping in mappings:
            if mapping.pk in self.pks:
                self.pks.remove(mapping.pk)


class OAuth2Provider(Model):
    @property
    def property_mappings(self):
        return Selected(self.row)


class ScopeMapping(Model):
    def delete(self):
        WORLD["mappings"].remove(self.row)


OAuth2Provider.objects = Manager(OAuth2Provider, WORLD["providers"])
ScopeMapping.objects = Manager(ScopeMapping, WORLD["mappings"])

assert argv[-4:-1] == ["ak", "shell", "-c"], argv
assert argv[:-4] in (["exec", "authentik-server"], ["exec", "-i", "authentik-server"]), argv
# What is kept for an undo stands beside the rows instead.
code = argv[-1].replace("'/tmp/", "'%s/" % os.path.dirname(PATH))
exec(compile(code, "fix", "exec"), {"OAuth2Provider": OAuth2Provider, "ScopeMapping": ScopeMapping})
with open(PATH, "w") as file:
    json.dump(WORLD, file)
