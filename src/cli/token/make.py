# Makes the token with which akdoctor reads, or renews it: a service account, a role and a group of
# one name, and a token with intent API. Runs in the namespace of `ak shell`, which holds every
# model; all of it or nothing is done. The lines before it set WANTED.
import datetime
import hashlib
import json

from django.contrib.auth.models import Permission
from django.db import transaction
from django.utils import timezone

NAME = "akdoctor"
IDENTIFIER = "akdoctor-api"


class Refused(Exception):
    pass


def refuse_unless(fine, why):
    if not fine:
        raise Refused(why)


def every_permission():
    rows = Permission.objects.filter(content_type__app_label__startswith="authentik")
    rows = rows.values_list("content_type__app_label", "codename")
    return {"%s.%s" % row for row in rows}


def account():
    user = User.objects.filter(username=NAME).first()
    if user is None:
        user = User(
            username=NAME, name=NAME, type="service_account", path="goauthentik.io/service-accounts"
        )
        user.set_unusable_password()
        user.save()
        return user
    kind = str(getattr(user.type, "value", user.type))
    refuse_unless(kind == "service_account", "there is a user %s, which is no service account" % NAME)
    refuse_unless(user.is_active, "the service account %s is inactive; somebody wanted it so" % NAME)
    # The field is called otherwise from 2026.2 on.
    groups = user.ak_groups if hasattr(user, "ak_groups") else user.groups
    foreign = sorted(g.name for g in groups.all() if g.name != NAME)
    refuse_unless(not foreign, "the service account %s is in other groups too: %s" % (NAME, ", ".join(foreign)))
    return user


def role_of(given):
    role, made = Role.objects.get_or_create(name=NAME)
    # Up to 2025.10 a role keeps its permissions in a Django group. That of a role that was deleted
    # stays behind, with its permissions.
    keeper = getattr(role, "group", None)
    if made and keeper is not None:
        keeper.permissions.clear()
    if hasattr(role, "assign_permission"):
        role.assign_permission(*given)
    else:
        from guardian.shortcuts import assign_perm

        for name in given:
            assign_perm(name, role)
    return role


def group_of(user, role):
    group, made = Group.objects.get_or_create(name=NAME)
    refuse_unless(not group.is_superuser, "there is a group %s, whose members are superusers" % NAME)
    others = group.users.exclude(pk=user.pk).count()
    refuse_unless(not others, "there is a group %s with other members" % NAME)
    group.roles.add(role)
    group.users.add(user)


def token_of(user):
    until = timezone.now() + datetime.timedelta(seconds=WANTED["seconds"])
    token = Token.objects.filter(identifier=IDENTIFIER).first()
    if token is None:
        outcome, token = "made", Token(identifier=IDENTIFIER, user=user, intent="api")
    else:
        refuse_unless(token.user_id == user.pk, "there is a token %s of somebody else" % IDENTIFIER)
        intent = str(getattr(token.intent, "value", token.intent))
        refuse_unless(intent == "api", "there is a token %s with another intent" % IDENTIFIER)
        same = hashlib.sha256(token.key.encode()).hexdigest() == WANTED["have"]
        alive = not token.expiring or token.expires > timezone.now()
        outcome = "extended" if same and alive else "renewed"
        half = datetime.timedelta(seconds=WANTED["seconds"] // 2)
        if outcome == "extended" and (not token.expiring or token.expires > timezone.now() + half):
            return token, "there"
    if outcome != "extended" and WANTED["key"]:
        token.key = WANTED["key"]
    token.description = "Read only, for akdoctor"
    token.expiring, token.expires = True, until
    token.save()
    return token, outcome


def make():
    every = every_permission()
    given = [name for name in WANTED["permissions"] if name in every]
    user = account()
    group_of(user, role_of(given))
    # Asked anew of authentik itself, since a role, a group or a user may bring more.
    fresh = User.objects.get(pk=user.pk)
    refuse_unless(not fresh.is_superuser, "the service account %s would be a superuser" % NAME)
    held = {name for name in every if fresh.has_perm(name)}
    lacking = sorted(set(given) - held)
    refuse_unless(not lacking, "authentik did not give %s" % ", ".join(lacking))
    more = sorted(held - set(given))
    reads = [name for name in more if name.partition(".")[2].startswith("view_")]
    writes = sorted(set(more) - set(reads))
    refuse_unless(not writes, "the account could do more than read: %s" % ", ".join(writes[:10]))
    token, outcome = token_of(user)
    return {
        "outcome": outcome,
        "expires": token.expires.isoformat() if token.expiring else None,
        "unknown": sorted(set(WANTED["permissions"]) - every),
        "more": reads,
    }


try:
    with transaction.atomic():
        told = make()
except Refused as why:
    told = {"outcome": "refused", "why": str(why)}
print("AKD_BEGIN" + json.dumps(told) + "AKD_END")
