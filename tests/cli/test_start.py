"""What keeps Landbridge from starting is told in the words of who set it up, by setting and file, and without secrets."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.__main__ import main
from app.store.database import Database
from app.store.secrets import SecretBox
from app.testing import tls
from app.web.certificate import ensure_certificate, given_certificate

Change = Callable[[Path], object]
PASSWORD = "open-sesame"


def nothing(place: Path) -> None:
    """Leave everything as it is."""


def start(place: Path, environ: Mapping[str, str]) -> Result:
    """Start with settings in which HERE is a place."""
    names = {
        f"LANDBRIDGE_{name.upper()}": value.replace("HERE", str(place)) for name, value in environ.items()
    }
    return CliRunner().invoke(main, ["serve"], env={"LANDBRIDGE_DATA_DIR": str(place / "data"), **names})


def is_newer(place: Path) -> None:
    """Have a store from a later version."""
    database = Database(f"sqlite:///{place}/landbridge.db")
    database.migrate()
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.dispose()


@pytest.mark.parametrize(
    ("change", "environ", "told"),
    [
        pytest.param(
            nothing,
            {"data_dir": "HERE/server.crt/data"},
            "Error: data_dir: HERE/server.crt/data: Not a directory. HERE/server.crt/data is to be writable by user ",
            id="data-dir",
        ),
        pytest.param(
            nothing,
            {"database_url": "sqlite:///HERE/server.crt/store.db"},
            "Error: the store HERE/server.crt/store.db cannot be written to as user ",
            id="store-below-a-file",
        ),
        pytest.param(
            nothing,
            {"database_url": "sqlite:///HERE/server.key"},
            "Error: the store HERE/server.key cannot be used: file is not a database",
            id="not-a-store",
        ),
        pytest.param(
            is_newer,
            {"database_url": "sqlite:///HERE/landbridge.db"},
            "Error: the store HERE/landbridge.db is another version's, which is newer or not finished: Can't locate",
            id="newer-store",
        ),
        pytest.param(
            nothing, {"database_url": f"u:{PASSWORD}@h"}, "Error: database_url: this is no URL", id="no-url"
        ),
        pytest.param(
            nothing,
            {"database_url": f"postgresql://u:{PASSWORD}@h:port/x"},
            "Error: database_url: this is no URL",
            id="no-port",
        ),
        pytest.param(
            nothing,
            {"database_url": f"mysql://u:{PASSWORD}@h/x"},
            "Error: database_url: mysql is none of sqlite, postgresql",
            id="another-product",
        ),
        pytest.param(
            nothing,
            {"database_url": f"postgresql+pg8000://u:{PASSWORD}@h/x"},
            "Error: database_url: No module named 'pg8000'\n",
            id="another-driver",
        ),
        pytest.param(
            nothing, {"secret_key": PASSWORD}, "Error: secret_key: a secret key is 32 bytes", id="key"
        ),
        pytest.param(
            lambda place: (place / "data").mkdir() or (place / "data" / "secret.key").write_bytes(b"\xff"),
            {},
            "Error: HERE/data/secret.key: a secret key is 32 bytes",
            id="key-file",
        ),
        pytest.param(
            nothing,
            {"tls_certificate": "HERE/gone.crt", "tls_key": "HERE/server.key"},
            "Error: tls_certificate: HERE/gone.crt cannot be read: No such file or directory",
            id="certificate",
        ),
        pytest.param(
            nothing,
            {"tls_certificate": "HERE/server.crt"},
            "Error: tls_certificate: HERE/server.crt cannot be used: it is not in PEM with its key",
            id="no-key",
        ),
        pytest.param(
            nothing,
            {"tls_certificate": "HERE/server.crt", "tls_key": "HERE/ca.crt"},
            "Error: tls_certificate: HERE/server.crt and tls_key: HERE/ca.crt cannot be used: they are not both in PEM",
            id="two-certificates",
        ),
        pytest.param(
            nothing,
            {"tls_key": "HERE/server.key"},
            "tls_key: needs tls_certificate beside it",
            id="key-alone",
        ),
        pytest.param(
            nothing,
            {"client_ca": "HERE/server.key"},
            "Error: client_ca: HERE/server.key holds no certificates in PEM",
            id="clients",
        ),
        pytest.param(
            lambda place: (
                (place / "data" / "tls").mkdir(parents=True)
                or (place / "data" / "tls" / "server.key").mkdir()
            ),
            {},
            "Error: data_dir: HERE/data/tls/server.key: Is a directory.",
            id="own-certificate",
        ),
    ],
)
def test_wrong_from_the_start(tmp_path: Path, change: Change, environ: Mapping[str, str], told: str) -> None:
    """It ends at once."""
    tls.issue(tmp_path)
    change(tmp_path)

    result = start(tmp_path, environ)

    assert result.exit_code == 2
    assert told.replace("HERE", str(tmp_path)) in result.output
    assert PASSWORD not in result.output


def test_without_a_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How the driver is had is told."""
    monkeypatch.setitem(sys.modules, "psycopg", None)

    result = start(tmp_path, {"database_url": f"postgresql://u:{PASSWORD}@127.0.0.1/x"})

    assert result.exit_code == 2
    assert "pip install 'landbridge[postgresql]'" in result.output
    assert PASSWORD not in result.output


def test_another_key(tmp_path: Path) -> None:
    """Whoever has another key than the store's is told what to do, and can do it: rekey is the way out where it is lost."""
    old, new = SecretBox.generate_key(), SecretBox.generate_key()

    def run(keys: str, *command: str) -> Result:
        environ = {"LANDBRIDGE_DATA_DIR": str(tmp_path), "LANDBRIDGE_SECRET_KEY": keys}
        return CliRunner().invoke(main, command, env=environ)

    assert run(old, "administrators", "list").exit_code == 0
    refused = run(new, "serve")
    changing = [run(f"{new} {old}", "administrators", "list"), run(f"{new} {old}", "store", "rekey")]
    changed = [run(new, "administrators", "list"), run(old, "administrators", "list")]
    lost = [run(old, "store", "rekey"), run(old, "store", "rekey", "--forget-unreadable")]

    assert refused.exit_code == 2
    assert "Error: secret_key: what the store keeps was encrypted with another key." in refused.output
    assert [each.exit_code for each in (*changing, *changed, *lost)] == [0, 0, 0, 2, 1, 0]
    assert [each.output.split() for each in (changing[1], lost[0])] == [
        ["encrypted:", "1", "unreadable:"],
        ["encrypted:", "0", "unreadable:", "landbridge/key"],
    ]
    assert run(old, "administrators", "list").exit_code == 0
    assert not {old, new} & {word for each in (refused, *changing, *lost) for word in each.output.split()}


def test_nobody_answers(tmp_path: Path) -> None:
    """A server that is not there may be there later: its exit code says so."""
    result = start(
        tmp_path,
        {"database_url": f"postgresql://u:{PASSWORD}@127.0.0.1:1/x?sslpassword={PASSWORD}"},
    )

    assert result.exit_code == 5
    assert (
        "Error: the store postgresql+psycopg://u:***@127.0.0.1:1/x cannot be used: connection"
        in result.output
    )
    assert PASSWORD not in result.output


def test_a_key_behind_its_certificate(tmp_path: Path) -> None:
    """One file may have both."""
    certificate, key = ensure_certificate(tmp_path, host_names=["localhost"], now=datetime.now(UTC))
    both = tmp_path / "both.pem"
    both.write_bytes(certificate.read_bytes() + key.read_bytes())

    assert given_certificate(both, None) == (both, both)
    assert given_certificate(certificate, key) == (certificate, key)
