"""An example or more for each command, shown at the end of its help. A test parses each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "activity export": ("activity export --format csv --application entra",),
    "activity list": ("activity list --limit 50 --outcome failed", "activity list -o json"),
    "activity show": ("activity show 42",),
    "activity undo": ("activity undo 42", "activity undo 42 --apply"),
    "administrators add": ("administrators add olga --role operator",),
    "administrators disable": ("administrators disable olga",),
    "administrators enable": ("administrators enable olga",),
    "administrators list": ("administrators list",),
    "administrators password": ("administrators password olga",),
    "administrators remove": ("administrators remove olga",),
    "administrators role": ("administrators role olga viewer",),
    "applications apis": ('applications apis hr "SCIM2 Users API"',),
    "applications change": (
        'applications change hr --network 192.0.2.0/24 --rate "25 per second"',
        "applications change hr --proxy-mode --connector crm",
    ),
    "applications create": (
        "applications create entra --template entra --domain PRIMARY",
        'applications create hr --domain PRIMARY --api "SCIM2 Users API"',
    ),
    "applications delete": ("applications delete hr",),
    "applications disable": ("applications disable hr",),
    "applications enable": ("applications enable hr",),
    "applications grants": ("applications grants hr client_credentials",),
    "applications list": ("applications list", "applications list -o yaml"),
    "applications secrets add": ("applications secrets add hr --days 365",),
    "applications secrets list": ("applications secrets list hr",),
    "applications secrets remove": ("applications secrets remove hr 1a2b3c4d",),
    "applications secrets rotate": ("applications secrets rotate hr --grace-hours 24",),
    "applications tokens create": ('applications tokens create entra "Entra ID" --days 365',),
    "applications tokens list": ("applications tokens list entra",),
    "applications tokens revoke": ("applications tokens revoke entra 1a2b3c4d5e6f",),
    "adopt": (
        "adopt PRIMARY user.json --application hr --match userName,emails.value",
        "adopt PRIMARY user.json --application hr --apply",
    ),
    "apply": ("apply -f config/", 'apply -f domain.yaml --comment "another server"'),
    "completion": ("completion bash > /etc/bash_completion.d/landbridge",),
    "connectors check": ("connectors check payroll",),
    "connectors list": ("connectors list",),
    "connectors reconcile": ("connectors reconcile payroll", "connectors reconcile payroll --apply"),
    "connectors types": ("connectors types",),
    "delete": ("delete Connector payroll",),
    "diff": ("diff -f config/ --exit-code",),
    "doctor": ("doctor PRIMARY", "doctor PRIMARY -o json"),
    "domain add": (
        "domain add PRIMARY",
        "domain add PRIMARY --url ldaps://ldap.example.org --bind-dn cn=landbridge,dc=example,dc=org --dry-run",
    ),
    "domain test": ("domain test PRIMARY",),
    "export": ("export backup/",),
    "get": ("get domains", "get domain PRIMARY -o json", "get map openldap-user --revision 1"),
    "groups create": ("groups create -f group.json",),
    "groups delete": ('groups delete "Tour Guides" --yes',),
    "groups list": ("groups list", "groups list --filter 'displayName sw \"a\"' -o json"),
    "groups patch": ('groups patch "Tour Guides" -f patch.json',),
    "groups show": ('groups show "Tour Guides"',),
    "guard approve": ("guard approve 7 8", "guard approve --all --application entra"),
    "guard list": ("guard list", "guard list --state rejected"),
    "guard reject": ("guard reject 7",),
    "guard show": ("guard show 7",),
    "intents close": ('intents close 1a2b3c4d --comment "deleted the rest by hand"',),
    "intents list": ("intents list --all",),
    "intents recover": ("intents recover",),
    "intents show": ("intents show 1a2b3c4d",),
    "map check": ("map check openldap-user", "map check ours -f map.yaml --domain PRIMARY"),
    "map coverage": ("map coverage openldap-user --lost",),
    "map explain": (
        "map explain openldap-user --filter 'userName sw \"a\"'",
        "map explain openldap-user --resource user.json --domain PRIMARY",
        "map explain openldap-user --ldif entry.ldif",
    ),
    "map init": ("map init PRIMARY --type Group",),
    "map schema": ("map schema > map.schema.json",),
    "map table": ("map table openldap-user",),
    "map test": ("map test", "map test openldap-user"),
    "outbox deliver": ("outbox deliver",),
    "outbox edit": ("outbox edit 42 -f task.json",),
    "outbox list": ("outbox list --dead --connector payroll",),
    "outbox pause": ("outbox pause payroll",),
    "outbox resume": ("outbox resume payroll",),
    "outbox retry": ("outbox retry 42", "outbox retry --connector payroll"),
    "outbox show": ("outbox show 42",),
    "outbox skip": ("outbox skip 42",),
    "outbox status": ("outbox status",),
    "prepare": (
        "prepare PRIMARY",
        "prepare PRIMARY --apply --admin-url ldapi:///",
        "prepare PRIMARY --files for-the-administrator",
    ),
    "requests": ("requests", "requests --window day -o json"),
    "revisions": ("revisions Domain PRIMARY",),
    "rollback": ("rollback Domain PRIMARY --revision 3",),
    "serve": ("serve",),
    "status": ("status", "status -o json"),
    "store backup": ("store backup /var/backups/landbridge.db",),
    "store rekey": ("store rekey", "store rekey --forget-unreadable"),
    "store restored": ("store restored",),
    "users create": ("users create -f user.json",),
    "users delete": ("users delete ann --yes",),
    "users deleted": ("users deleted --domain PRIMARY",),
    "users disable": ("users disable ann --domain PRIMARY",),
    "users enable": ("users enable ann",),
    "users export": (
        "users export --format csv > staff.csv",
        "users export --format ldif --filter 'active eq false'",
        "users export --type Group",
    ),
    "users import": (
        "users import staff.csv --dry-run --result findings.csv",
        'users import staff.csv --domain PRIMARY --column "Work mail=emails[work]" --column Notes=-',
    ),
    "users imports": ("users imports", "users imports -o json"),
    "users list": ("users list --filter 'userName sw \"a\"'", "users list -o json --count 10"),
    "users password": ("users password ann",),
    "users patch": ("users patch ann -f patch.json",),
    "users restore": ("users restore 5d2b6d5c-7f67-1041-98d8-51a059ae161d",),
    "users resume": ("users resume 1a2b3c4d5e6f708192a3b4c5d6e7f809",),
    "users show": ("users show ann",),
    "worker": ("worker --threads 4",),
}


def leaves(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield the commands that do something, with their paths."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, each in sorted(command.commands.items()):
        yield from leaves(each, f"{path} {name}".strip())


def show_examples(main: click.Command) -> None:
    """Have each command end its help with its examples."""
    for path, command in leaves(main):
        if path in EXAMPLES:
            lines = "\n".join(f"  landbridge {example}" for example in EXAMPLES[path])
            command.epilog = f"\b\nExamples:\n{lines}"
