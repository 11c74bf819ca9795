"""Texts that must never reach a command line whole, for every place a text can enter."""

from hypothesis import strategies as st

ATTACKS = (
    "",
    " ",
    "x\nexit",
    "x\r\napi system touch /tmp/x",
    "1001\n",
    "\n\n",
    "x\x00y",
    "d1,api_on_answer=system\\stouch\\s/tmp/x",
    "a}sofia/gateway/evil/100{b=c",
    "100@198.51.100.7",
    "100;transport=tcp",
    "100^200",
    "${system(touch /tmp/x)}",
    "$${x}",
    "O'Brien",
    'a"b',
    "a\\nX-Evil: 1",
    "^^:a=1:b",
    "x origination_nested_vars=true",
    "a b",
    "&system(touch)",
    "a|b",
    "a:_:b",
    "[x=1]",
    "<x=1>",
    "../../etc/passwd",
    "a/../b",
    "/etc/passwd",
    "reload mod_event_socket",
    "mod_event_socket",
    "٣٤٥",
    "\uff11\uff12\uff13",
    "Əliyev",
    "a%0Ab",
    "\u2028",
    "\ud800",
    "undef",
    "x" * 5000,
)

METACHARACTERS = frozenset("\r\n\0\t ,={}[]<>|&$^;'\"\\()!*?`~#%\x7f")
"""What has a meaning to one of the passes a command goes through. `/ : @ + . -` have one only in
places where the patterns of `freeswitch.values` do not let them in."""


def texts() -> st.SearchStrategy[str]:
    """The known attacks, anything at all, and harmless text with a foreign body in it."""
    return st.one_of(
        st.sampled_from(ATTACKS),
        st.text(max_size=40),
        st.builds(
            lambda head, bad, tail: head + bad + tail,
            st.from_regex(r"[A-Za-z0-9_-]{0,12}", fullmatch=True),
            st.sampled_from(sorted(METACHARACTERS)),
            st.from_regex(r"[A-Za-z0-9_-]{0,12}", fullmatch=True),
        ),
    )
