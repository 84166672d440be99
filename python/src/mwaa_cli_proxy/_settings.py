"""The settings of a program: environment variables, and a profile of the profiles file (`docs/shell.md`)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._contract import PROFILE_VARIABLE, PROFILES_FILE_VARIABLE, SETTING_VARIABLES, STREAM_MODES, SettingName
from .errors import SettingsError

TOKEN_SETTINGS: tuple[SettingName, ...] = ("token", "tokenFile", "tokenCommand")


@dataclass(frozen=True)
class Settings:
    """Where commands are sent, and how.

    Attributes:
        environment: The name of the environment.
        url: The address of the API. None: commands are sent directly to MWAA.
        region: The region of the API, or of MWAA, if it is set.
        aws_profile: The profile of the AWS configuration, if it is set.
        token: An OIDC token, if it is set.
        token_file: A file with such a token, if it is set.
        token_command: A shell command that prints such a token, if it is set.
        wait_seconds: How long a command waits for a free slot, if it is set.
        stream_mode: How the streams of a command are printed.
        airflow_version: The Airflow release, if it is set.
        web_server_hostname: Without a proxy: the host name of the web server, if it is set.
    """

    environment: str
    url: str | None
    region: str | None
    aws_profile: str | None
    token: str | None
    token_file: str | None
    token_command: str | None
    wait_seconds: float | None
    stream_mode: str
    airflow_version: str | None
    web_server_hostname: str | None


def load_settings(profile: str | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Loads the settings. Variables take precedence over a profile.

    Args:
        profile: The name of a profile. None: the one that a variable or the file selects.
        environ: The environment variables.

    Raises:
        SettingsError: A setting is missing or invalid.
    """
    if profile is not None:
        environ = {**environ, PROFILE_VARIABLE: profile}
    values = read_profile(environ)

    def get(name: SettingName) -> str | None:
        return environ.get(SETTING_VARIABLES[name]) or values.get(name) or None

    environment = get("environment")
    url = get("url")
    variable = SETTING_VARIABLES["url"]
    if environment is None:
        hint = "" if url else f" {variable}, the address of the API, is not set either."
        raise SettingsError(f"Set {SETTING_VARIABLES['environment']} to the name of the environment.{hint}")
    wait_seconds = _parse_wait_seconds(get("waitSeconds"))
    stream_mode = _parse_stream_mode(get("stderr"))
    token_setting = next((name for name in TOKEN_SETTINGS if get(name)), None)
    if url is None and token_setting is not None:
        token_variable = SETTING_VARIABLES[token_setting]
        raise SettingsError(
            f"{token_variable} is set, but {variable} is not, and only a proxy accepts tokens. "
            f"Set {variable} to the address of the API, or unset {token_variable}."
        )
    tokens = {name: get(name) if name == token_setting else None for name in TOKEN_SETTINGS}
    return Settings(
        environment=environment,
        url=url,
        region=get("region") or environ.get("AWS_DEFAULT_REGION") or None,
        aws_profile=get("awsProfile"),
        token=tokens["token"],
        token_file=tokens["tokenFile"],
        token_command=tokens["tokenCommand"],
        wait_seconds=wait_seconds,
        stream_mode=stream_mode,
        airflow_version=get("airflowVersion"),
        web_server_hostname=get("webServerHostname"),
    )


def _parse_wait_seconds(text: str | None) -> float | None:
    if text is None:
        return None
    if re.fullmatch(r"[0-9]{1,6}", text):
        return float(text)
    raise SettingsError(
        f"{SETTING_VARIABLES['waitSeconds']} is {_quote(text)}. Set it to a number of seconds, such as 60. With 0, "
        "commands do not wait."
    )


def _parse_stream_mode(text: str | None) -> str:
    mode = text or STREAM_MODES[0]
    if mode in STREAM_MODES:
        return mode
    raise SettingsError(f"{SETTING_VARIABLES['stderr']} is {_quote(mode)}. Set it to one of {', '.join(STREAM_MODES)}.")


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def read_profile(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Reads the profile that a variable selects, or the default profile of the file.

    Returns:
        The settings of the profile. None of them if there is no file, or no default profile.

    Raises:
        SettingsError: The profile or its file is missing or invalid.
    """
    home = environ.get("HOME") or os.path.expanduser("~")
    folder = environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    file = environ.get(PROFILES_FILE_VARIABLE) or os.path.join(folder, "mwaa-cli-proxy", "profiles.yaml")
    selected = environ.get(PROFILE_VARIABLE)
    if not os.path.exists(file):
        if selected:
            raise SettingsError(
                f"{PROFILE_VARIABLE} is {selected}, but {file} does not exist. Create the file, or unset "
                f"{PROFILE_VARIABLE}."
            )
        return {}
    content = _read_yaml_mapping(file)
    profiles = content.get("profiles")
    profiles = profiles if isinstance(profiles, dict) else {}
    name = content.get("default") if selected is None else selected
    if name is None:
        return {}
    profile = profiles.get(name) if isinstance(name, str) else None
    if not isinstance(profile, dict):
        available = ", ".join(str(each) for each in profiles) or "none"
        raise SettingsError(f"{file} has no profile {name}. Available profiles: {available}.")
    for key, value in profile.items():
        if key not in SETTING_VARIABLES:
            known = ", ".join(SETTING_VARIABLES)
            raise SettingsError(f"{file}: profile {name} has the unknown key {key}. Known keys: {known}.")
        if not isinstance(value, str):
            raise SettingsError(f"{file}: {key} of profile {name} must be a string. Put the value in quotes.")
    return profile


def _read_yaml_mapping(file: str) -> dict[Any, Any]:
    try:
        import yaml
    except ImportError as error:
        raise SettingsError(
            f"Reading {file} needs PyYAML: pip install 'mwaa-cli-proxy[yaml]'. To do without the file, set "
            f"{PROFILES_FILE_VARIABLE} to the name of one that does not exist."
        ) from error
    from ._yaml import CoreLoader

    try:
        with open(file, encoding="utf-8") as stream:
            content = yaml.load(stream, CoreLoader)  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise SettingsError(f'{file} must be a YAML mapping with the key "profiles".')
    return content
