"""Settings come from a file and from variables, and every mistake in them is named."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from app.settings import InvalidSettings, Settings, SettingsSchema, read_settings


def test_defaults() -> None:
    """Nothing need be set."""
    assert read_settings({}) == Settings()


def test_variables_go_before_the_file(tmp_path: Path) -> None:
    """A variable wins over the file; an empty one is none."""
    file = tmp_path / "landbridge.yaml"
    file.write_text("port: 1000\nhost: 127.0.0.1\ndocuments: [a, b]\n")

    settings = read_settings(
        {"LANDBRIDGE_PORT": "2000", "LANDBRIDGE_HOST": "", "LANDBRIDGE_DATA_DIR": "/srv/data"}, file
    )

    assert (settings.port, settings.host) == (2000, "127.0.0.1")
    assert settings.documents == (Path("a"), Path("b"))
    assert settings.store_url == "sqlite:////srv/data/landbridge.db"
    assert read_settings({"LANDBRIDGE_DOCUMENTS": "a:b"}).documents == (Path("a"), Path("b"))
    assert read_settings({"LANDBRIDGE_SCHEMAS": "a:b"}).schemas == (Path("a"), Path("b"))


def test_database_url() -> None:
    """Another store may be named."""
    assert read_settings({"LANDBRIDGE_DATABASE_URL": "postgresql://db/x"}).store_url == "postgresql://db/x"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("port: many", "port"),
        ("port: 70000", "port"),
        ("colour: blue", "colour"),
        ("log_level: loud", "log_level"),
        ("- a", "keys with values"),
        ("a: [", "landbridge.yaml"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, words: str) -> None:
    """A mistake in the file is told with its key."""
    file = tmp_path / "landbridge.yaml"
    file.write_text(text)

    with pytest.raises(InvalidSettings, match=words):
        read_settings({}, file)


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is a mistake."""
    with pytest.raises(InvalidSettings, match=r"none\.yaml"):
        read_settings({}, tmp_path / "none.yaml")


def test_secrets_are_not_shown() -> None:
    """Settings can be printed without giving anything away."""
    settings = read_settings({"LANDBRIDGE_ADMIN_PASSWORD": "hunter2", "LANDBRIDGE_SECRET_KEY": "k3y"})

    assert "hunter2" not in repr(settings)
    assert "k3y" not in repr(settings)


def test_every_setting_is_documented() -> None:
    """The operations guide tells of every setting, by its key and its variable."""
    guide = Path("docs/operations.md").read_text()

    for name in SettingsSchema().fields:
        assert f"`{name}`" in guide
        assert f"`LANDBRIDGE_{name.upper()}`" in guide


def test_trusted_proxies() -> None:
    """Networks stand in a variable with commas between them: IPv6 addresses have colons."""
    settings = read_settings({"LANDBRIDGE_TRUSTED_PROXIES": "10.0.0.0/8, ::1"})

    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))


@pytest.mark.parametrize(
    ("name", "value"),
    [("TRUSTED_PROXIES", "proxy.example"), ("RATE_STORAGE", "nowhere://"), ("RATE_STORAGE", "x")],
)
def test_mistakes_in_variables(name: str, value: str) -> None:
    """What cannot be used is told at start."""
    with pytest.raises(InvalidSettings, match=name.lower()):
        read_settings({f"LANDBRIDGE_{name}": value})
