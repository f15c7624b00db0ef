# Every fact that akdoctor asks of `ak shell`, in one run; read-only, no secret among them.
# Runs in the shell's own namespace, which holds every model, on authentik 2023.10 to 2026.8:
# nothing that has moved between versions is imported, every part may fail by itself. The line
# before it sets ASKED: whom to tell about, as hexadecimal JSON.
import datetime
import json

facts = {"errors": {}}


def part(name, ask):
    try:
        facts[name] = ask()
    except Exception as error:
        facts[name] = None
        facts["errors"][name] = ("%s: %s" % (type(error).__name__, error))[:300]


def version():
    import authentik

    # A function from 2025.8, a constant before.
    ask = getattr(authentik, "authentik_version", None)
    return ask() if ask else authentik.__version__


def launch_url(app):
    try:
        return app.get_launch_url() or None
    except Exception:
        return getattr(app, "meta_launch_url", None) or None


def applications():
    return [
        {"slug": a.slug, "name": a.name, "provider": a.provider_id, "launch_url": launch_url(a)}
        for a in Application.objects.all()
    ]


def text_of(provider):
    # Lines of text up to 2024.8.4 and 2024.10.2; None from then on, when it is a list of objects.
    if getattr(provider, "_redirect_uris", None) is not None:
        return None
    uris = getattr(provider, "redirect_uris", None) or ""
    return uris if isinstance(uris, str) else None


def redirect_uris(provider):
    text = text_of(provider)
    if text is None:
        uris = getattr(provider, "_redirect_uris", None)
        return [entry(u) for u in (provider.redirect_uris if uris is None else uris)]
    # What became of "*" and ".*" is what authentik's own migration made of them.
    return [
        {"matching_mode": "regex" if u in ("*", ".*") else "strict", "url": u}
        for u in text.split()
    ]


def entry(uri):
    get = uri.get if isinstance(uri, dict) else lambda key: getattr(uri, key, None)
    kind = get("redirect_uri_type")
    return {
        "matching_mode": str(getattr(get("matching_mode"), "value", get("matching_mode"))),
        "url": str(get("url")),
        "redirect_uri_type": kind and str(getattr(kind, "value", kind)),
    }


def pk(value):
    return str(value) if value else None


def provider_flows(provider):
    kinds = {"authentication": "authentication", "authorize": "authorization", "invalidation": "invalidation"}
    return {told: pk(getattr(provider, kind + "_flow_id", None)) for told, kind in kinds.items()}


def logout(provider):
    # From 2025.8; named otherwise later, then with a method.
    get = lambda name: getattr(provider, name, None) or None
    uri = get("logout_uri") or get("backchannel_logout_uri")
    return uri and {"uri": uri, "method": get("logout_method")}


def providers():
    slugs = {a.provider_id: a.slug for a in Application.objects.all()}
    return [
        {
            "pk": p.pk,
            "name": p.name,
            "client_id": p.client_id,
            "application": slugs.get(p.pk),
            "redirect_uris": redirect_uris(p),
            "redirect_text": text_of(p),
            "client_type": getattr(p, "client_type", None),
            # From 2026.5.
            "grant_types": getattr(p, "grant_types", None),
            "signing_key": str(getattr(p, "signing_key_id", None) or "") or None,
            "mappings": mappings(p),
            "claims_in_id_token": getattr(p, "include_claims_in_id_token", None),
            "flows": provider_flows(p),
            "logout": logout(p),
        }
        for p in OAuth2Provider.objects.all()
    ]


def mappings(provider):
    selected = getattr(provider, "property_mappings", None)
    return None if selected is None else sorted(str(m.pk) for m in selected.all())


def scope_mappings():
    return [
        {
            "pk": str(m.pk),
            "name": m.name,
            "scope": m.scope_name,
            "managed": m.managed,
            "expression": m.expression,
        }
        for m in ScopeMapping.objects.all()
    ]


def workers():
    # From 2025.8. Rows of dead workers stay in the table.
    status = globals().get("WorkerStatus")
    if status is None:
        return None
    since = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=2)
    rows = [
        {
            "worker_id": "%s@%s" % (w.pk, w.hostname),
            "version": w.version,
            "version_matching": w.version == facts["version"] if facts["version"] else None,
        }
        for w in status.objects.filter(last_seen__gt=since)
    ]
    return {"count": len(rows), "rows": rows}


def queue():
    # From 2025.8.
    task = globals().get("Task")
    if task is None:
        return None
    waiting = task.objects.filter(state="queued").order_by("mtime")
    oldest = waiting.first()
    return {"count": waiting.count(), "oldest": oldest and oldest.mtime.isoformat()}


def bound():
    counts = {}
    for target in PolicyBinding.objects.filter(enabled=True).values_list("target_id", flat=True):
        counts[target] = counts.get(target, 0) + 1
    return counts


def flows():
    counts = bound()
    return [
        {
            "pk": pk(f.pk),
            "slug": f.slug,
            "name": f.name,
            "designation": f.designation,
            "authentication": getattr(f, "authentication", None),
            "denied_action": getattr(f, "denied_action", None),
            "policies": counts.get(f.policybindingmodel_ptr_id, 0),
        }
        for f in Flow.objects.order_by("slug")
    ]


def stage(binding, counts):
    s = binding.stage
    kind = type(s).__name__.lower()
    told = {
        "flow": pk(binding.target_id),
        "stage": pk(s.pk),
        "name": s.name,
        "order": binding.order,
        "kind": kind,
        "policies": counts.get(binding.policybindingmodel_ptr_id, 0),
        "not_configured_action": getattr(s, "not_configured_action", None),
    }
    checking = s
    if kind == "identificationstage":
        told["user_fields"] = list(s.user_fields or [])
        told["sources"] = s.sources.count()
        told["passwordless"] = bool(
            getattr(s, "passwordless_flow_id", None) or getattr(s, "webauthn_stage_id", None)
        )
        checking = s.password_stage
        told["checking"] = pk(checking.pk) if checking else None
    if kind == "passwordstage" or (kind == "identificationstage" and checking):
        told["backends"] = list(checking.backends or [])
    return told


def flow_stages():
    counts = bound()
    return [stage(b, counts) for b in FlowStageBinding.objects.order_by("target", "order")]


def brands():
    # From 2024.2; tenants before.
    brand = globals().get("Brand")
    if brand is None:
        return None
    return [
        {
            "pk": pk(b.pk),
            "domain": b.domain,
            "default": b.default,
            "authentication": pk(b.flow_authentication_id),
            "invalidation": pk(b.flow_invalidation_id),
        }
        for b in brand.objects.order_by("domain")
    ]


asked = json.loads(bytes.fromhex(ASKED))


def usable(user):
    return user.has_usable_password()


def person(user):
    groups = list(user.all_groups())
    return {
        "pk": user.pk,
        "username": user.username,
        "email": user.email,
        "kind": getattr(user, "type", None),
        "is_active": user.is_active,
        "usable": usable(user),
        "linked": user.path.startswith("goauthentik.io/sources/") or user.sources.exists(),
        "last_login": user.last_login and user.last_login.isoformat(),
        "groups": sorted(g.name for g in groups),
        "group_pks": sorted(str(g.pk) for g in groups),
        "is_superuser": any(g.is_superuser for g in groups),
    }


def near(wanted):
    like = [
        {"username__istartswith": wanted[:3]},
        {"username__iexact": wanted},
        {"email__iexact": wanted},
        {"name__iexact": wanted},
    ]
    found = {u.pk: u for how in like for u in User.objects.filter(**how)[:50]}
    return [
        {"wanted": wanted, "username": u.username, "email": u.email} for u in found.values()
    ]


def superusers():
    reached, new = {}, list(Group.objects.filter(is_superuser=True))
    # One parent up to 2025.10, several after; a loop of groups ends here too.
    above = "parents" if hasattr(Group, "parents") else "parent"
    while new:
        reached.update((g.pk, g) for g in new)
        below = Group.objects.filter(**{above + "__in": [g.pk for g in new]})
        new = [g for g in below if g.pk not in reached]
    members = {u.pk: u for g in reached.values() for u in g.users.all()[:50]}
    ordered = sorted(members.values(), key=lambda u: (not u.is_active, u.pk))
    return [person(u) for u in ordered[:50]]


def tried():
    now = datetime.datetime.now(datetime.timezone.utc)
    since = now - datetime.timedelta(seconds=asked["within"])
    failed = Event.objects.filter(action="login_failed", created__gt=since).order_by("-created")
    by_name = {}
    for event in failed[:1000]:
        known = by_name.setdefault(str((event.context or {}).get("username")), [0, event.created])
        known[0] += 1
    return [
        {"person": person(u), "count": by_name[u.username][0], "last": by_name[u.username][1].isoformat()}
        for u in User.objects.filter(username__in=list(by_name))
        if not u.is_active or not usable(u)
    ][:50]


def shared_emails():
    by_email = {}
    active = User.objects.filter(is_active=True).exclude(email="")
    for username, email, kind in active.order_by("pk").values_list("username", "email", "type"):
        if kind in ("internal", "external"):
            by_email.setdefault(email.lower(), []).append(username)
    shared = sorted((e, names) for e, names in by_email.items() if len(names) > 1)
    return [{"email": e, "count": len(n), "usernames": n[:5]} for e, n in shared[:20]]


def people():
    told = {}

    def tell(name, ask):
        try:
            told[name] = ask()
        except Exception as error:
            facts["errors"]["people " + name] = ("%s: %s" % (type(error).__name__, error))[:300]

    names = asked["usernames"]
    there = {u.username: u for u in User.objects.filter(username__in=names)}
    tell("named", lambda: [person(u) for u in there.values()])
    tell("near", lambda: [row for name in names if name not in there for row in near(name)])
    tell(
        "groups",
        lambda: [
            {"pk": str(g.pk), "name": g.name, "is_superuser": g.is_superuser}
            for g in Group.objects.filter(name__in=asked["groups"])
        ],
    )
    tell("superusers", superusers)
    tell("tried", tried)
    tell("shared_emails", shared_emails)
    return told


FAILURES = [
    "login_failed",
    "suspicious_request",
    "configuration_error",
    "policy_exception",
    "property_mapping_exception",
    "system_exception",
]
KINDS = ["application", "flow", "flowstagebinding", "brand", "tenant", "certificatekeypair"]
KINDS += ["policybinding", "outpost"]
ENDS = ("provider", "stage", "policy", "mapping", "source")


def inside(value, *path):
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def text(value, *path):
    value = inside(value, *path)
    return value[:300] if isinstance(value, str) else None


def who(event):
    name = text(event.user, "username")
    return None if name == "AnonymousUser" else name


def raised(context):
    # Of several the one that began it: it stands last and is marked.
    all = context.get("exception")
    all = all if isinstance(all, list) else []
    causes = [one for one in all if inside(one, "is_cause") is True]
    return (causes[-1:] or all[:1] or [None])[0]


# What a failure has in common with others, as `events.rs` says.
def failure(event):
    action, context = event.action, event.context or {}
    login = action == "login_failed"
    message = context.get("message") or context.get("error")
    lines = message.strip().splitlines() if isinstance(message, str) else []
    tried, error = text(context, "username"), raised(context)
    frames = inside(error, "frames")
    file = text(frames[0], "filename") if isinstance(frames, list) and frames else None
    expression = action in ("policy_exception", "property_mapping_exception", "configuration_error")
    app = inside(context, "request", "obj", "model_name") == "application"
    known = inside(event.user, "pk") is not None and text(event.user, "username") == tried
    if error:
        error = ": ".join(t for t in (text(error, "exc_type"), text(error, "exc_value")) if t)
    elif len(lines) > 1:
        error = lines[-1].strip()[:300]
    told = {
        "action": action,
        "username": tried if login and known else None,
        "message": lines[0][:300] if lines else None,
        "error": error or None,
        "application": text(context, "request", "obj", "name") if app else None,
        "provider": text(context, "provider", "name"),
        "client_id": None if app else text(context, "http_request", "args", "client_id"),
        "binding": text(context, "binding", "name"),
        "mapping": text(context, "mapping", "name"),
        "script": file.lstrip("/") if file and expression else None,
        "redirect_uri": text(context, "redirect_uri"),
        "path": text(context, "http_request", "path") if action == "system_exception" else None,
        "who": tried if login else who(event),
        "address": event.client_ip,
        "request": text(context, "http_request", "request_id"),
        "created": event.created.isoformat(),
    }
    return {name: value for name, value in told.items() if value is not None}


def change(event):
    context = event.context or {}
    model, pk = text(context, "model", "model_name"), inside(context, "model", "pk")
    if model is None or not (model in KINDS or model.endswith(ENDS)):
        return None
    diff = context.get("diff")
    return {
        "action": event.action,
        "model": model,
        "name": text(context, "model", "name"),
        "pk": None if pk is None else str(pk),
        "who": who(event),
        "at": event.created.isoformat(),
        "request": text(context, "http_request", "request_id"),
        "fields": sorted(diff)[:8] if isinstance(diff, dict) else None,
    }


def versions():
    # From 2024.10.
    history = globals().get("VersionHistory")
    rows = history.objects.order_by("-timestamp")[:5] if history else []
    return [{"version": r.version, "at": r.timestamp.isoformat()} for r in rows] if history else None


def events():
    told, most = {}, 1000
    now = datetime.datetime.now(datetime.timezone.utc)

    def since(earlier):
        return now - datetime.timedelta(seconds=asked["within"] + earlier)

    def lately(actions, earlier=0):
        found = Event.objects.filter(action__in=actions, created__gt=since(earlier))
        return list(found.order_by("-created")[:most])

    def failures():
        rows = lately(FAILURES)
        if len(rows) == most:
            told["failures_from"] = rows[-1].created.isoformat()
        return [failure(event) for event in rows]

    def logins():
        rows = lately(["login"])
        return {who(e): e.created.isoformat() for e in reversed(rows) if who(e)}

    def changes():
        rows = lately(["model_created", "model_updated", "model_deleted"], 3600)
        return [c for c in map(change, rows) if c][:200]

    for name, ask in (
        ("failures", failures),
        ("logins", logins),
        ("changes", changes),
        ("versions", versions),
    ):
        try:
            told[name] = ask()
        except Exception as error:
            facts["errors"]["events " + name] = ("%s: %s" % (type(error).__name__, error))[:300]
    return told


def access_apps():
    return [
        {"slug": a.slug, "name": a.name, "target": str(a.pbm_uuid), "mode": plain(a.policy_engine_mode)}
        for a in Application.objects.order_by("slug")
    ]


def plain(value):
    return str(getattr(value, "value", value))


def app_bindings():
    targets = [a.pbm_uuid for a in Application.objects.all()]
    rows = PolicyBinding.objects
    # From 2026.8 those whose time is over are left out unless asked for.
    every = getattr(rows, "including_expired", None)
    return (every() if every else rows).filter(target_id__in=targets)


def access_bindings():
    rows = list(app_bindings().order_by("target_id", "order", "pk")[:5001])
    return None if len(rows) > 5000 else [binding(b) for b in rows]


def binding(b):
    now = datetime.datetime.now(datetime.timezone.utc)
    expires = getattr(b, "expires", None)
    u, g, p = b.user, b.group, b.policy
    return {
        "pk": str(b.pk),
        "target": str(b.target_id),
        "order": b.order,
        "enabled": b.enabled,
        "negate": b.negate,
        "expired": bool(getattr(b, "expiring", False) and expires and expires <= now),
        "dry_run": bool(getattr(b, "dry_run", False)),
        "failure_result": bool(getattr(b, "failure_result", False)),
        "timeout": b.timeout,
        "user": u and {"pk": u.pk, "username": u.username, "is_active": u.is_active},
        "group": g and {"pk": str(g.pk), "name": g.name},
        "policy": p and {"pk": str(p.pk), "name": p.name, "kind": type(p).__name__.lower()},
    }


def access_groups():
    # One parent up to 2025.10, several after; a loop of groups ends here too.
    above = "parents" if hasattr(Group, "parents") else "parent"
    told = []
    for top in sorted({b.group_id for b in app_bindings() if b.group_id}, key=str):
        reached, new = {}, list(Group.objects.filter(pk__in=[top]))
        while new:
            reached.update((g.pk, g) for g in new)
            below = Group.objects.filter(**{above + "__in": [g.pk for g in new]})
            new = [g for g in below if g.pk not in reached]
        told.append(
            {
                "pk": str(top),
                "below": sorted(str(g) for g in reached if g != top),
                "people": any(g.users.all().exists() for g in reached.values()),
                "active": any(g.users.filter(is_active=True).exists() for g in reached.values()),
            }
        )
    return told


def access_unbound():
    # From 2026.5; open before, and where nobody ever chose.
    tenant = globals().get("Tenant")
    if tenant is None:
        return None
    flags = getattr(tenant.objects.first(), "flags", None) or {}
    return bool(flags.get("core_default_app_access", True))


part("version", version)
part("applications", applications)
part("providers", providers)
part("scope_mappings", scope_mappings)
part("workers", workers)
part("queue", queue)
part("flows", flows)
part("flow_stages", flow_stages)
part("brands", brands)
part("people", people)
part("events", events)
part("access_apps", access_apps)
part("access_bindings", access_bindings)
part("access_groups", access_groups)
part("access_unbound", access_unbound)
print("AKD_BEGIN" + json.dumps(facts, default=str) + "AKD_END")
