# Stand-ins for authentik's models, as the shell's namespace holds them. The first argument is the
# version to play; the script is read from standard input, as in `ak shell`.
import datetime
import sys
import types

PLAYED = sys.argv[1]
NOW = datetime.datetime.now(datetime.timezone.utc)


class Rows(list):
    def all(self):
        return Rows(self)

    def filter(self, last_seen__gt=None, state=None):
        return Rows(
            row
            for row in self
            if (last_seen__gt is None or row.last_seen > last_seen__gt)
            and (state is None or row.state == state)
        )

    def order_by(self, field):
        return Rows(sorted(self, key=lambda row: getattr(row, field)))

    def first(self):
        return self[0] if self else None

    def count(self):
        return len(self)


class Row:
    def __init__(self, **fields):
        self.__dict__.update(fields)


def model(*rows):
    return types.SimpleNamespace(objects=Rows(rows))


class App(Row):
    def get_launch_url(self, user=None):
        if self.slug == "broken":
            raise ValueError("a launch URL that cannot be formatted")
        return self.meta_launch_url


class Forbidden(Row):
    @property
    def client_secret(self):
        raise AssertionError("nobody asked for the client secret")


authentik = types.ModuleType("authentik")
sys.modules["authentik"] = authentik
if PLAYED >= "2025.08":
    authentik.authentik_version = lambda: "2025.10.1"
else:
    authentik.__version__ = "2023.10.7"

Application = model(
    App(slug="gitea", name="Gitea", provider_id=1, meta_launch_url="http://git.test"),
    App(slug="broken", name="No 'provider' \u202e \u00e9", provider_id=None, meta_launch_url=""),
)
common = dict(pk=1, name="Gitea OIDC", client_id="gitea")
if PLAYED >= "2026.05":
    uri = {"matching_mode": "strict", "url": "http://git.test/cb", "redirect_uri_type": "authorization"}
    OAuth2Provider = model(Forbidden(_redirect_uris=[uri], **common))
elif PLAYED >= "2024.12":
    uri = {"matching_mode": "strict", "url": "http://git.test/cb"}
    OAuth2Provider = model(Forbidden(_redirect_uris=[uri], **common))
else:
    OAuth2Provider = model(Forbidden(redirect_uris="http://git.test/cb\r\n.*\n", **common))
if PLAYED >= "2025.08":
    WorkerStatus = model(
        Row(pk="w1", hostname="alive", version="2025.10.1", last_seen=NOW),
        Row(pk="w2", hostname="other", version="2025.8.0", last_seen=NOW),
        Row(pk="w3", hostname="dead", version="2025.10.1", last_seen=NOW - datetime.timedelta(hours=1)),
    )
    Task = model(
        Row(state="queued", mtime=datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)),
        Row(state="queued", mtime=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)),
        Row(state="done", mtime=datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)),
    )
if PLAYED == "2025.08-broken":
    del OAuth2Provider

exec(compile(sys.stdin.read(), "akd", "exec"), globals())
