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
    App(
        slug="gitea",
        name="Gitea",
        provider_id=1,
        meta_launch_url="http://git.test",
        pbm_uuid="t1",
        policy_engine_mode=types.SimpleNamespace(value="all"),
    ),
    App(
        slug="broken",
        name="No 'provider' \u202e \u00e9",
        provider_id=None,
        meta_launch_url="",
        pbm_uuid="t2",
        policy_engine_mode="any",
    ),
)
ScopeMapping = model(
    Row(pk="a1", name="e-mail", scope_name="email", managed=None, expression="return {'email': 1}"),
)
common = dict(
    pk=1,
    name="Gitea OIDC",
    client_id="gitea",
    property_mappings=Rows(ScopeMapping.objects),
    include_claims_in_id_token=True,
)
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



class Query(list):
    """A list that can be asked as Django's query sets can, as far as the script does."""

    def filter(self, **wanted):
        def fits(row):
            for key, value in wanted.items():
                field, _, how = key.partition("__")
                has = getattr(row, field)
                if how == "in":
                    # Parents are one row, or several from 2025.12.
                    several = has if isinstance(has, list) else [getattr(has, "pk", has)]
                    if not any(getattr(one, "pk", one) in value for one in several):
                        return False
                elif how == "gt":
                    if not has > value:
                        return False
                elif how == "iexact":
                    if has.lower() != value.lower():
                        return False
                elif how == "istartswith":
                    if not has.lower().startswith(value.lower()):
                        return False
                elif has != value:
                    return False
            return True

        return Query(row for row in self if fits(row))

    def exclude(self, email):
        return Query(row for row in self if row.email != email)

    def order_by(self, field):
        field, down = field.lstrip("-"), field.startswith("-")
        return Query(sorted(self, key=lambda row: getattr(row, field), reverse=down))

    def values_list(self, *fields):
        return [tuple(getattr(row, field) for field in fields) for row in self]

    def all(self):
        return Query(self)

    def exists(self):
        return bool(self)


class User(Row):
    objects = Query()

    @property
    def password(self):
        raise AssertionError("nobody asked for the hash")

    def has_usable_password(self):
        return self.usable

    def all_groups(self):
        found, new = [], list(self.own)
        while new:
            found += new
            new = [p for g in new for p in g.above if p not in found]
        return found


class Group(Row):
    objects = Query()

    @property
    def users(self):
        return Query(u for u in User.objects if self in u.own)


if PLAYED >= "2025.12":
    Group.parents = property(lambda group: group.above)
else:
    Group.parent = property(lambda group: group.above[0] if group.above else None)


def user(pk, username, **fields):
    common = dict(email="", type="internal", path="users", is_active=True, usable=True, own=[])
    common.update(name="", last_login=None, sources=Query())
    User.objects.append(User(pk=pk, username=username, **{**common, **fields}))


admins = Group(pk="a", name="Admins", is_superuser=True, above=[])
deputies = Group(pk="b", name="Deputies", is_superuser=False, above=[admins])
Group.objects += [admins, deputies, Group(pk="c", name="Apps", is_superuser=False, above=[])]
user(1, "akadmin", own=[admins], email="Shared@example.com")
user(3, "Anna", is_active=False)
user(4, "boss", own=[deputies], usable=False, email="shared@example.com")
user(5, "from-ldap", usable=False, path="goauthentik.io/sources/ldap")


def event(username, ago):
    created = NOW - datetime.timedelta(minutes=ago)
    return Row(action="login_failed", created=created, context={"username": username})


class Table(Query):
    """One whose rows are asked for in an order of several fields, or of one field alone."""

    def filter(self, **wanted):
        return Table(super().filter(**wanted))

    def order_by(self, *fields):
        return Table(sorted(self, key=lambda row: [getattr(row, field) for field in fields]))

    def values_list(self, field, flat):
        return [getattr(row, field) for row in self]


def table(*rows):
    return types.SimpleNamespace(objects=Table(rows))


class PasswordStage(Row):
    pass


class UserLoginStage(Row):
    pass


Flow = table(
    Row(
        pk="f1",
        policybindingmodel_ptr_id="f1-target",
        slug="sign-in",
        name="Sign in",
        designation="authentication",
        authentication="none",
        denied_action="message_continue",
    ),
)
FlowStageBinding = table(
    Row(
        target="f1",
        target_id="f1",
        order=20,
        policybindingmodel_ptr_id="b2",
        stage=UserLoginStage(pk="s2", name="login"),
    ),
    Row(
        target="f1",
        target_id="f1",
        order=10,
        policybindingmodel_ptr_id="b1",
        stage=PasswordStage(pk="s1", name="check", backends=["authentik.core.auth.InbuiltBackend"]),
    ),
)
def binding_row(pk, target, order=0, user=None, group=None, policy=None, **fields):
    common = dict(enabled=True, negate=False, failure_result=False, timeout=30)
    return Row(
        pk=pk,
        target_id=target,
        order=order,
        user=user,
        group=group,
        group_id=group and group.pk,
        policy=policy,
        **{**common, **fields},
    )


class ExpressionPolicy(Row):
    pass


PolicyBinding = table(
    binding_row("p1", "b2"),
    binding_row("p2", "b1", enabled=False),
    binding_row("p3", "f1-target"),
    binding_row("p5", "t1", order=1, user=User.objects[1], enabled=False),
    binding_row("p4", "t1", group=admins, negate=True),
    binding_row("p6", "t2", policy=ExpressionPolicy(pk="e1", name="office hours"), failure_result=True),
)
if PLAYED >= "2026.05":

    class Expiring(Table):
        def including_expired(self):
            over = NOW - datetime.timedelta(days=1)
            return Table(self + [binding_row("p7", "t2", order=1, expiring=True, expires=over)])

    PolicyBinding.objects = Expiring(PolicyBinding.objects)
    Tenant = model(Row(flags={"core_default_app_access": False}))
if PLAYED >= "2024.02":
    Brand = table(
        Row(
            pk="d1",
            domain="authentik-default",
            default=True,
            flow_authentication_id="f1",
            flow_invalidation_id=None,
        ),
    )

Event = model()
Event.objects = Query([event("Anna", 5), event("Anna", 6), event("akadmin", 1), event("Anna", 9999)])

exec(compile(sys.stdin.read(), "akd", "exec"), globals())
