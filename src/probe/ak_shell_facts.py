# Every fact that akdoctor asks of `ak shell`, in one run; read-only, no secret among them.
# Runs in the shell's own namespace, which holds every model, on authentik 2023.10 to 2026.8:
# nothing that has moved between versions is imported, every part may fail by itself.
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
        }
        for p in OAuth2Provider.objects.all()
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


part("version", version)
part("applications", applications)
part("providers", providers)
part("workers", workers)
part("queue", queue)
print("AKD_BEGIN" + json.dumps(facts, default=str) + "AKD_END")
