# Takes away what `akdoctor token` made: the token, the service account, the group and the role. Runs
# in the namespace of `ak shell`; all of it or nothing is done. The lines before it set WANTED.
import hashlib
import json

from django.db import transaction

NAME = "akdoctor"
IDENTIFIER = "akdoctor-api"


def revoke():
    removed, kept, matched = [], [], False
    user = User.objects.filter(username=NAME).first()
    kind = user and str(getattr(user.type, "value", user.type))
    token = Token.objects.filter(identifier=IDENTIFIER).first()
    if token is not None and (user is None or token.user_id != user.pk):
        kept.append("token %s, which is somebody else's" % IDENTIFIER)
    elif token is not None:
        matched = hashlib.sha256(token.key.encode()).hexdigest() == WANTED["have"]
        token.delete()
        removed.append("token " + IDENTIFIER)
    if user is not None and kind == "service_account":
        user.delete()
        removed.append("service account " + NAME)
    elif user is not None:
        kept.append("user %s, which is no service account" % NAME)
    group = Group.objects.filter(name=NAME).first()
    if group is not None and not group.users.exists():
        group.delete()
        removed.append("group " + NAME)
    elif group is not None:
        kept.append("group %s, which has other members" % NAME)
    role = Role.objects.filter(name=NAME).first()
    if role is not None and group is not None and kept:
        kept.append("role " + NAME)
    elif role is not None:
        # Up to 2025.10 the Django group behind it would stay with its permissions.
        keeper = getattr(role, "group", None)
        (role if keeper is None else keeper).delete()
        removed.append("role " + NAME)
    return {"outcome": "removed", "removed": removed, "kept": kept, "matched": matched}


with transaction.atomic():
    told = revoke()
print("AKD_BEGIN" + json.dumps(told) + "AKD_END")
