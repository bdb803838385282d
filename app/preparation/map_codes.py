"""The codes of what is found in schema maps, against the schema of a live directory."""

from __future__ import annotations

from app.preparation.finding import Code, registry

UNKNOWN_CLASS = Code(
    "map-unknown-class", "error", "The directory refuses entries of an object class that it does not know."
)
NO_STRUCTURAL_CLASS = Code(
    "map-no-structural-class", "error", "An entry needs a structural object class; without one none is made."
)
SEVERAL_STRUCTURAL_CLASSES = Code(
    "map-several-structural-classes",
    "error",
    "The structural classes of an entry must be made of one another; the directory refuses it otherwise.",
)
UNKNOWN_ATTRIBUTE = Code(
    "map-unknown-attribute",
    "error",
    "The directory refuses to write an attribute that it does not know, and no filter on it finds anything.",
)
UNKNOWN_READ = Code(
    "map-unknown-read",
    "warning",
    "SCIM shows nothing there, and no filter on it finds anything.",
)
OTHER_NAME = Code(
    "map-other-name",
    "error",
    "The directory returns an attribute by its first name alone, so under another one nothing is ever read.",
)
NOT_ALLOWED = Code(
    "map-attribute-not-allowed",
    "error",
    "None of the entry's object classes has the attribute, so the directory refuses to write it.",
)
NOT_WRITABLE = Code(
    "map-attribute-not-writable",
    "error",
    "The directory keeps the attribute by itself and refuses to have it written.",
)
WRITTEN_TWICE = Code(
    "map-written-twice",
    "error",
    "Of two rules that write one attribute, one undoes what the other has written.",
)
MISSING_MUST = Code(
    "map-missing-must", "error", "An object class demands the attribute, so no entry can be made without it."
)
OPTIONAL_MUST = Code(
    "map-optional-must",
    "warning",
    "An object class demands the attribute, so a resource without it is refused by the directory.",
)
NO_ACCOUNT_ATTRIBUTE = Code(
    "map-no-account-attribute",
    "error",
    "The directory has nowhere to keep what the rule says of the account, and refuses it.",
)
SYNTAX = Code("map-syntax", "error", "The directory refuses values that are not of the attribute's syntax.")
NARROW_SYNTAX = Code(
    "map-narrow-syntax",
    "note",
    "The attribute takes fewer characters than SCIM does; a value with others is refused.",
)
SINGLE_VALUE = Code(
    "map-single-value",
    "warning",
    "The attribute holds one value, so a resource with several of them is refused by the directory.",
)
TOO_LONG = Code(
    "map-length",
    "note",
    "SCIM does not limit the length of the value; the directory does, and refuses what is longer.",
)
NO_EQUALITY = Code(
    "map-no-equality",
    "error",
    "Without a rule for equality the directory finds nothing by the value, so filters miss entries.",
)
CASE_EXACT = Code(
    "map-case-exact",
    "error",
    "The directory tells upper from lower case where SCIM does not, so filters miss entries.",
)
NO_SUBSTRINGS = Code(
    "map-no-substrings",
    "error",
    "Without a rule for substrings the directory finds nothing by a part of the value, so filters miss entries.",
)
NO_ORDERING = Code(
    "map-no-ordering",
    "error",
    "Without a rule for ordering the directory compares no greater and less, so filters miss entries.",
)
UNUSED_RULE = Code(
    "map-unused-rule",
    "note",
    "The directory could answer filters that Landbridge now answers by looking at every entry with a value.",
)
NO_INDEX = Code(
    "map-no-index",
    "warning",
    "Without an index the directory looks at every entry for each such search, which clients send all the time.",
)
LOSES = Code("map-loses", "warning", "What a client has sent does not come back as it was.")
NOT_COVERED = Code("map-not-covered", "note", "What the map has no place for is lost when a client sends it.")
NOT_LOADED = Code("map-invalid", "error", "A map that cannot be put together cannot be used.")
NOT_READABLE = Code(
    "map-schema-not-readable",
    "error",
    "Without its schema nobody knows whether the directory can hold what the map says.",
)

MAP_CODES = registry(
    UNKNOWN_CLASS,
    NO_STRUCTURAL_CLASS,
    SEVERAL_STRUCTURAL_CLASSES,
    UNKNOWN_ATTRIBUTE,
    UNKNOWN_READ,
    NO_ACCOUNT_ATTRIBUTE,
    OTHER_NAME,
    NOT_ALLOWED,
    NOT_WRITABLE,
    WRITTEN_TWICE,
    MISSING_MUST,
    OPTIONAL_MUST,
    SYNTAX,
    NARROW_SYNTAX,
    SINGLE_VALUE,
    TOO_LONG,
    NO_EQUALITY,
    CASE_EXACT,
    NO_SUBSTRINGS,
    NO_ORDERING,
    UNUSED_RULE,
    NO_INDEX,
    LOSES,
    NOT_COVERED,
    NOT_LOADED,
    NOT_READABLE,
)
