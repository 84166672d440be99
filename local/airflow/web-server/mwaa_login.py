"""The login of MWAA's web server, which a plugin of MWAA's own provides. Airflow loads this file as a plugin.

POST /aws_mwaa/login (2.x) or /pluginsv2/aws_mwaa/login (3.x) with the form field `token`: a JWT of the stand-in for MWAA, with the
name and the role of the user. The answer sets the cookie `session` (2.x) or `_token` (3.x) and redirects to the user interface.

Reported: paths, field, cookies, the redirect. Assumed: the statuses of a wrong token, the attributes of the cookies. A role that IAM
no longer gives is removed at the next login (AWS documentation, "Limit access to DAGs").
"""

import os

import jwt
from airflow.plugins_manager import AirflowPlugin
from flask import Blueprint, Response, current_app, redirect, request
from flask_login import login_user

DEFAULT_ROLES = ("Admin", "Op", "User", "Viewer", "Public")

blueprint = Blueprint("aws_mwaa", __name__, url_prefix="/aws_mwaa")


@blueprint.record_once
def exempt_from_csrf(state):
    """The login has no form that could carry a CSRF token."""
    state.app.extensions["csrf"].exempt(blueprint)


def prepare_user(name, role_name):
    """Returns the user with this default role and the custom roles that it already has."""
    manager = current_app.appbuilder.sm
    role = manager.find_role(role_name)
    user = manager.find_user(username=name)
    if user is None:
        return manager.add_user(name, name, "", name + "@example.com", role)
    roles = [role] + [own for own in user.roles if own.name not in DEFAULT_ROLES]
    if set(roles) != set(user.roles):
        user.roles = roles
        manager.update_user(user)
    return user


@blueprint.route("/login", methods=["POST"])
def login():
    key = os.environ["MWAA_LOGIN_KEY"]
    try:
        claims = jwt.decode(request.form.get("token", ""), key, algorithms=["HS256"], audience="web")
    except jwt.PyJWTError:
        return Response("Unauthorized", 401)
    user = prepare_user(claims["sub"], claims["role"])
    response = redirect("/home")
    try:
        from airflow.api_fastapi.app import get_auth_manager
    except ImportError:  # 2.x
        login_user(user)
        return response
    response.set_cookie("_token", get_auth_manager().generate_jwt(user), secure=True, httponly=True)
    return response


class MwaaLogin(AirflowPlugin):
    name = "aws_mwaa"
    flask_blueprints = [blueprint]
