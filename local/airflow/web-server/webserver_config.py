"""The settings of Flask-AppBuilder for the local web server. The login has no form that could carry a CSRF token."""

WTF_CSRF_ENABLED = False
