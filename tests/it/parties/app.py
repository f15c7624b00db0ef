"""A small relying party of one's own: Flask with Authlib, set up by its environment."""

import os

from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, session, url_for

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
authentik = OAuth(app).register(
    "authentik",
    client_id=os.environ["OIDC_CLIENT_ID"],
    client_secret=os.environ["OIDC_CLIENT_SECRET"],
    server_metadata_url=os.environ["OIDC_DISCOVERY_URL"],
    client_kwargs={"scope": os.environ.get("OIDC_SCOPES", "openid profile email")},
)


@app.get("/")
def home():
    return session.get("user", {}).get("email") or '<a href="/auth/login">Sign in</a>'


@app.get("/auth/login")
def login():
    # Without a setting the redirect URI follows the address in the browser, as in many such apps.
    redirect_uri = os.environ.get("OIDC_REDIRECT_URI")
    return authentik.authorize_redirect(redirect_uri or url_for("callback", _external=True))


@app.get("/auth/callback")
def callback():
    session["user"] = authentik.authorize_access_token()["userinfo"]
    return redirect("/")


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ["PORT"]), threaded=True)
