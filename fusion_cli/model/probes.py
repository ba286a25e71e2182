"""The names under which a traced copy of a class reports to the recorder."""

VALUE_PROBE = "__fuse_value__"
SCOPE_PROBE = "__fuse_scope__"
