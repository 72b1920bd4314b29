"""Sizes, durations, rules and hosts: read as people write them, refused with the cure, written back the same."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config import hosts, rules, units
from syncer.config.bandwidth import POLITE, Rule
from syncer.config.settings import GB


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10 KB", 10_240),
        ("10kb", 10_240),
        ("1.5 GB", 1_610_612_736),
        ("1 TB", 1_099_511_627_776),
        ("64 MiB", 67_108_864),
        ("7 B", 7),
        ("7 bytes", 7),
        ("0", 0),
        (" 3  MB ", 3_145_728),
    ],
)
def test_sizes_count_in_1024(text: str, expected: int) -> None:
    assert units.size(text) == expected


@pytest.mark.parametrize(
    "text", ["10", "", "KB", "-1 KB", "1,5 GB", "1e3 KB", "10 XB", "١ KB", "1 KB 2", "9" * 19 + " B", "9999999999 TB"]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        units.size(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90 days", 7_776_000),
        ("2h", 7200),
        ("500 ms", 0.5),
        ("1.5 min", 90),
        ("1 week", 604_800),
        ("0", 0),
        ("1 Day", 86_400),
    ],
)
def test_durations_are_seconds(text: str, expected: float) -> None:
    assert units.duration(text) == expected


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("5 m", "minutes or months"),
        ("3 months", "write days"),
        ("1 year", "write days"),
        ("5", "has no unit"),
        ("5 lightyears", "unknown unit"),
        ("soon", "write a duration"),
        ("200000 weeks", "100 years"),
    ],
)
def test_a_refused_duration_names_the_cure(text: str, cure: str) -> None:
    with pytest.raises(ValueError, match=cure):
        units.duration(text)


def test_whole_seconds_refuse_a_rest() -> None:
    assert units.whole_seconds("1.5 min") == 90
    with pytest.raises(ValueError, match="whole number of seconds"):
        units.whole_seconds("1.5 s")


@given(st.integers(0, units.MAX_SIZE))
def test_a_written_size_reads_the_same(amount: int) -> None:
    text = units.write_size(amount)
    # 18 digits are the most that a person could mean.
    if len(text.split()[0]) <= 18:
        assert units.size(text) == amount


@given(st.integers(0, units.MAX_DURATION * 1000))
def test_a_written_duration_reads_the_same(thousandths: int) -> None:
    assert units.duration(units.write_duration(thousandths / 1000)) == thousandths / 1000


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 seconds"), (1, "1 second"), (90, "90 seconds"), (3600, "1 hour"), (0.25, "250 ms"), (172800, "2 days")],
)
def test_durations_are_written_in_the_largest_unit_without_rest(seconds: float, text: str) -> None:
    assert units.write_duration(seconds) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 requests / 1 s", Rule("requests", 5, 1)),
        ("1 request/second", Rule("requests", 1, 1)),
        ("1 request per minute", Rule("requests", 1, 60)),
        ("16 GB / 1 day", Rule("bytes", 16 * GB, 86_400)),
        ("1 GB / 1 month", Rule("bytes", GB, None)),
        ("1000 Requests / month", Rule("requests", 1000, None)),
    ],
)
def test_bandwidth_rules_as_people_write_them(text: str, expected: Rule) -> None:
    assert rules.read(text) == expected


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("5 / 1 s", "does not say what it counts"),
        ("5 requests", "write a rule like"),
        ("0 requests / 1 s", "paused = true"),
        ("1 GB / 2 months", 'only "1 month"'),
        ("1 GB / 500 ms", "whole number of seconds"),
        ("1 GB / 2 years", "write days"),
        ("1 GB / 400 days", "366 days"),
        ("1 GB / 0 s", "between 1 second"),
        ("1 request / 1 s / 2", "write a rule like"),
        ("99999999999 requests / 1 s", "more requests than can be"),
        ("", "write a rule like"),
        ("² requests / 1 s", "cannot be read"),
    ],
)
def test_a_refused_rule_names_the_cure(text: str, cure: str) -> None:
    with pytest.raises(ValueError, match=cure):
        rules.read(text)


BANDWIDTH_RULES = st.builds(
    Rule,
    st.just("requests"),
    st.integers(1, rules.MAX_REQUESTS),
    st.none() | st.integers(1, rules.MAX_WINDOW),
) | st.builds(Rule, st.just("bytes"), st.integers(1, 10**17), st.none() | st.integers(1, rules.MAX_WINDOW))


@given(BANDWIDTH_RULES)
def test_a_written_rule_reads_the_same(rule: Rule) -> None:
    assert rules.read(rules.write(rule)) == rule


def test_the_tightest_rule_decides_what_is_faster_than_polite() -> None:
    fast, slow = Rule("requests", 10, 1), Rule("requests", 1, 2)
    assert rules.faster_than_polite([fast]) == fast
    assert rules.faster_than_polite([fast, slow]) is None
    assert rules.faster_than_polite([POLITE]) is None
    assert rules.faster_than_polite([Rule("requests", 60, 60)]) is None
    assert rules.faster_than_polite([Rule("requests", 61, 60)]) is not None
    assert rules.faster_than_polite([Rule("bytes", GB, 1)]) is None
    assert rules.faster_than_polite([Rule("requests", 5, None)]) is None


@given(st.lists(BANDWIDTH_RULES, max_size=4))
def test_polite_rules_never_let_two_requests_into_one_second(given_rules: list[Rule]) -> None:
    result = rules.polite(given_rules)
    assert any(rule.kind == "requests" and rule.amount == 1 for rule in result)
    assert result[-len(given_rules) :] == tuple(given_rules) or not given_rules


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 per 180 days", (1, 15_552_000)),
        ("3 files / 1 week", (3, 604_800)),
        ("never", (0, None)),
        ("0 per 1 day", (0, 86_400)),
    ],
)
def test_death_in_words(text: str, expected: tuple[int, int | None]) -> None:
    assert rules.death(text) == expected


@pytest.mark.parametrize("text", ["1", "per 3 days", "1 per", "1 per 3", "1 per 3 months", "1 per 0", "-1 per 1 day"])
def test_what_is_no_death_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        rules.death(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:8123", "127.0.0.1:8123"),
        ("NAS.Home.Example", "nas.home.example"),
        ("nas", "nas"),
        ("[::1]:8123", "[::1]:8123"),
        ("::1", "::1"),
        ("[0:0:0:0:0:0:0:1]", "::1"),
        ("booru.example.org.", "booru.example.org"),
        ("xn--bcher-kva.example:443", "xn--bcher-kva.example:443"),
        ("a_b.example", "a_b.example"),
        ("Bücher。example:443", "xn--bcher-kva.example:443"),
    ],
)
def test_hosts_have_one_normal_form(text: str, expected: str) -> None:
    assert str(hosts.parse(text)) == expected
    assert str(hosts.parse(expected)) == expected


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("http://127.0.0.1:8123", "more than a host"),
        ("127.0.0.1/8", "more than a host"),
        ("me@host", "more than a host"),
        ("*.example.org", "sub-domains too"),
        ("host:99999", "port"),
        ("host:", "port"),
        ("bü cher.example", "is no host"),
        ("1.2.3.4.5", "is no host"),
        ("127.1", "is no host"),
        ("", "is no host"),
        ("a b", "is no host"),
        ("-a.example", "is no host"),
        ("a" * 64 + ".example", "is no host"),
    ],
)
def test_a_refused_host_names_the_cure(text: str, cure: str) -> None:
    with pytest.raises(ValueError, match=cure):
        hosts.parse(text)


@given(st.text(max_size=40))
def test_no_text_breaks_a_reader(text: str) -> None:
    for read in (units.size, units.duration, rules.read, rules.death, hosts.parse):
        # Whatever is typed: a value, or a refusal in words.
        with contextlib.suppress(ValueError):
            read(text)
