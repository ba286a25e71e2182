"""The names that stand for the site's parts in a rendered pattern, until they are filled in."""

INIT, CALL, ARG = "__site_init__", "__site_call__", "__site_arg__"
