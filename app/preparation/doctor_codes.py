"""The codes of what the doctor finds in a directory."""

from __future__ import annotations

from app.preparation.finding import Code, registry

UNREACHABLE = Code(
    "server-unreachable", "error", "Nothing can be provisioned through a server that does not answer."
)
NO_TLS = Code(
    "no-tls",
    "error",
    "Passwords would cross the network for all to read; Landbridge sends none over such a connection.",
)
UNUSABLE_FILE = Code("tls-unusable-file", "error", "Without what it names no connection is made by TLS.")
OLD_TLS = Code(
    "tls-old-version", "error", "By a version below tls.minimum_version Landbridge speaks with no server."
)
UNWELCOME = Code(
    "tls-client-refused", "error", "A server that demands certificates of its clients speaks with no others."
)
UNTRUSTED = Code(
    "tls-untrusted", "error", "Nobody can tell the directory from somebody who pretends to be it."
)
WRONG_NAME = Code(
    "tls-wrong-name", "error", "The certificate is another server's, or this one is called by another name."
)
EXPIRED = Code("tls-expired", "error", "A certificate out of its time is trusted by nobody.")
EXPIRES_SOON = Code(
    "tls-expires-soon", "warning", "When it expires, every request fails from one minute to the next."
)
BIND_REFUSED = Code(
    "bind-refused", "error", "Without its service account Landbridge can neither read nor write."
)
CLOCK = Code(
    "clock-differs", "warning", "Times of changes, locks and tickets are compared between the two clocks."
)
NO_BASE = Code(
    "no-base", "error", "All of the domain's entries are below its base; where it is not seen, nobody is."
)
NO_CONTAINER = Code("no-container", "error", "New entries go there, so none can be made.")
NO_RIGHT = Code(
    "no-write-right", "error", "What the service account may not write, SCIM clients cannot change."
)
RIGHTS_UNKNOWN = Code(
    "rights-not-tried", "note", "OpenLDAP tells nobody what he may do: it shows only when it is tried."
)
SIZE_LIMIT = Code(
    "size-limit", "error", "Lists and look-ups end at the limit, so clients take users for gone that are not."
)
SIZE_LIMIT_AHEAD = Code(
    "size-limit-ahead", "warning", "There is room still; when it is used up, lists and look-ups end there."
)
MEMORY_LIMIT = Code(
    "memory-limit",
    "note",
    "Beyond it the controller searches its whole database, or forgets where a list was that goes on.",
)
TIME_LIMIT = Code(
    "time-limit", "warning", "A search that takes longer is broken off in the middle, and a list with it."
)
PAGE_LIMIT = Code("page-limit", "warning", "A server refuses larger pages, or makes them smaller.")
NO_PAGING = Code("no-paged-results", "warning", "Without pages the server's limits cut large answers off.")
CHANGES_NOT_TOLD = Code(
    "changes-not-told",
    "note",
    "Each first page of a long list reads the ids of all, also where nothing has changed.",
)
NOT_SORTED = Code(
    "no-sorting",
    "note",
    "The first page of a long list by time reads the times of all, whenever something has changed.",
)
NO_ASSERTION = Code(
    "no-assertion",
    "warning",
    "Two writers at the same time are told apart by a look beforehand alone (RFC 4528).",
)
NO_PASSWORD_CHANGE = Code("no-password-modify", "error", "Passwords are set by the operation of RFC 3062.")
NO_MEMBEROF = Code(
    "no-memberof",
    "warning",
    "Groups are asked for their members instead: each page of users costs a search more for each level of groups.",
)
NO_REFINT = Code("no-refint", "warning", "Groups and managers go on naming users who are gone or have moved.")
NO_PPOLICY = Code(
    "no-ppolicy", "error", "Without it nobody is locked out: disabling a user is refused or has no effect."
)
NO_ACCESSLOG = Code(
    "no-accesslog",
    "note",
    "Only the directory's own log tells what others than Landbridge change in it, and who.",
)
NO_POLICY = Code(
    "no-policy", "error", "A lock holds only under a policy with pwdLockout; without it the user logs in."
)
NOT_HASHED = Code(
    "passwords-not-hashed",
    "error",
    "Whoever may read the attribute, or a backup, reads the passwords themselves.",
)
NO_UNIQUE = Code(
    "no-unique",
    "note",
    "Landbridge looks whether a name is taken; only the directory can hold two writers apart.",
)
CONFIG_HIDDEN = Code(
    "configuration-not-readable",
    "note",
    "Overlays, indexes and limits can be told only by who may read cn=config.",
)
NO_NATIVE_ID = Code(
    "no-id",
    "error",
    "SCIM needs an id, times and a version of every entry, which the directory keeps by itself.",
)
ID_CHANGES = Code(
    "id-can-change",
    "error",
    "A client that keeps an id would find somebody else behind it, and one that keeps a version would not see a change.",
)
VISIBLE = Code(
    "entries-visible",
    "note",
    "They are SCIM's resources already, with their native ids; nothing is imported.",
)
ENTRIES_FAIL = Code(
    "entries-that-fail",
    "warning",
    "They lack what the map demands, or hold what SCIM cannot carry: a client may be refused when it sends them back.",
)
NOBODY_VISIBLE = Code(
    "no-entries", "note", "That is right in a new directory, and else a sign of a wrong base, scope or right."
)
NO_USER_NAME = Code(
    "entries-without-name",
    "warning",
    "They are shown without what the schema demands, and many clients stumble over it.",
)
SAME_USER_NAME = Code(
    "same-name", "error", "A client that looks for the name finds two, and may change the wrong one."
)
RECYCLE_BIN = Code("no-recycle-bin", "note", "Who is deleted by mistake is gone for good.")
UPN_SUFFIX = Code(
    "unknown-upn-suffix",
    "warning",
    "Nobody can sign in by a principal name whose suffix no forest answers for.",
)
MACHINE_QUOTA = Code(
    "machine-account-quota",
    "note",
    "Users whom Landbridge makes may then add computers, which nobody has asked for.",
)
OBJECT_QUOTA = Code(
    "object-quota", "warning", "From that number on every create is refused, until the quota is lifted."
)
CHANNEL_BINDING = Code(
    "channel-binding",
    "note",
    "Where something between ends TLS, a controller that checks the token (LdapEnforceChannelBinding) refuses the bind.",
)
PLAIN_BINDS = Code(
    "plain-binds-taken",
    "warning",
    "Whoever writes ldap:// by mistake sends a password for all to read, and succeeds.",
)
OLD_LEVEL = Code(
    "old-functional-level",
    "warning",
    "Password policies for groups and protected groups need level 2008 R2 or later.",
)

DOCTOR_CODES = registry(
    UNREACHABLE,
    NO_TLS,
    UNUSABLE_FILE,
    OLD_TLS,
    UNWELCOME,
    UNTRUSTED,
    WRONG_NAME,
    EXPIRED,
    EXPIRES_SOON,
    BIND_REFUSED,
    CLOCK,
    NO_BASE,
    NO_CONTAINER,
    NO_RIGHT,
    RIGHTS_UNKNOWN,
    SIZE_LIMIT,
    SIZE_LIMIT_AHEAD,
    MEMORY_LIMIT,
    TIME_LIMIT,
    PAGE_LIMIT,
    NO_PAGING,
    CHANGES_NOT_TOLD,
    NOT_SORTED,
    NO_ASSERTION,
    NO_PASSWORD_CHANGE,
    NO_MEMBEROF,
    NO_REFINT,
    NO_PPOLICY,
    NO_POLICY,
    NOT_HASHED,
    NO_UNIQUE,
    NO_ACCESSLOG,
    CONFIG_HIDDEN,
    NO_NATIVE_ID,
    ID_CHANGES,
    VISIBLE,
    NOBODY_VISIBLE,
    NO_USER_NAME,
    SAME_USER_NAME,
    ENTRIES_FAIL,
    RECYCLE_BIN,
    OLD_LEVEL,
    UPN_SUFFIX,
    MACHINE_QUOTA,
    OBJECT_QUOTA,
    CHANNEL_BINDING,
    PLAIN_BINDS,
)
