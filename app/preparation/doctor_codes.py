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
NO_PAGING = Code("no-paged-results", "warning", "Without pages the server's limits cut large answers off.")
NO_SORTING = Code(
    "no-sorting", "note", "Sorted lists are sorted by Landbridge, which reads all of them for that."
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
NO_POLICY = Code(
    "no-policy", "error", "A lock holds only under a policy with pwdLockout; without it the user logs in."
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
OLD_LEVEL = Code(
    "old-functional-level",
    "warning",
    "Password policies for groups and protected groups need level 2008 R2 or later.",
)

DOCTOR_CODES = registry(
    UNREACHABLE,
    NO_TLS,
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
    NO_PAGING,
    NO_SORTING,
    NO_ASSERTION,
    NO_PASSWORD_CHANGE,
    NO_MEMBEROF,
    NO_REFINT,
    NO_PPOLICY,
    NO_POLICY,
    NO_UNIQUE,
    CONFIG_HIDDEN,
    NO_NATIVE_ID,
    NOBODY_VISIBLE,
    NO_USER_NAME,
    SAME_USER_NAME,
    RECYCLE_BIN,
    OLD_LEVEL,
)
