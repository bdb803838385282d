"""The SCIM endpoints, under /scim2 and /scim/v2."""
