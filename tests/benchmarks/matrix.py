"""Every host of the zoo with every donor in every pattern: how many fusions hold, and why not the rest.

    python tests/benchmarks/matrix.py [--verify quick|full] [--host NAME]

Each is tried at the pattern's own site, at every site that the host's source gives a handle on,
and at `block`. Printed are the counts, then every reason, how often it was met, and where first.
"""

from __future__ import annotations

import argparse
import re
import sys
import traceback
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from fusion_cli import zoo  # noqa: E402
from fusion_cli.model.errors import CannotFuse  # noqa: E402
from fusion_cli.patterns.files import pattern_files  # noqa: E402
from fusion_cli.resolve.references import resolve  # noqa: E402
from fusion_cli.study import ask  # noqa: E402
from tests.fusing import HereWorker, fuse_here  # noqa: E402

Ending = Literal["verified", "refused", "rejected", "fault"]
ENDINGS: tuple[Ending, ...] = ("verified", "refused", "rejected", "fault")


@dataclass(frozen=True)
class Case:
    """One fusion; `at` is None for the pattern's own site."""

    host: str
    donor: str
    pattern: str
    at: str | None = None

    def __str__(self) -> str:
        site = f" --at {self.at}" if self.at else ""
        return f"fuse {self.pattern} {self.host} {self.donor}{site}"


@dataclass(frozen=True)
class Result:
    """How a fusion ended, and why it ended so where it did not hold."""

    case: Case
    ending: Ending
    reason: str = ""


def default_cases() -> Iterator[Case]:
    """Every host, donor and pattern, at the pattern's own site."""
    hosts, donors = ([one.name for one in zoo.entries(kind)] for kind in ("hosts", "donors"))
    patterns = [one.name for one in pattern_files()]
    return (Case(*names) for names in product(hosts, donors, patterns))


def sites(host: str) -> tuple[str, ...]:
    """The sites of a host of the zoo that `--at` can name alone."""
    source = resolve(host, ("hosts",))
    study_of_host = ask.trace(HereWorker(), source, None, "--host-args")  # type: ignore[arg-type]
    return (*study_of_host.view().addressable, "block")


def all_cases() -> Iterator[Case]:
    """The default cases, each followed by its like at every site."""
    for case in default_cases():
        yield case
        for at in sites(case.host):
            yield Case(case.host, case.donor, case.pattern, at)


def run(case: Case, verify: str) -> Result:
    """Try one fusion, and write nothing."""
    try:
        outcome = fuse_here(
            case.pattern, case.host, case.donor, at=case.at, verify=verify, dry_run=True
        )
    except CannotFuse as reason:
        return Result(case, "refused", reason.message)
    except Exception:
        return Result(case, "fault", traceback.format_exc())
    rejected = outcome.report.rejected_by(strict=False)
    told = "; ".join(f"{row.name}: {row.detail}" for row in rejected)
    return Result(case, "rejected" if rejected else "verified", told)


def kind_of(result: Result) -> str:
    """The reason without what is peculiar to one case: names, sites, shapes and numbers."""
    text = result.reason.strip().splitlines()[-1] if result.reason else ""
    text = re.sub(r"^.* cannot serve .*?\): ", "the donor cannot serve: ", text)
    text = re.sub(r"`[^`]*`", "`…`", text)
    text = re.sub(rf"\b{result.case.host}\b", "HOST", text)
    text = re.sub(rf"\b{result.case.donor}\b", "DONOR", text)
    return re.sub(r"\d[\d./e+-]*", "N", text)


def told(results: Sequence[Result]) -> Iterator[str]:
    """The counts, then every kind of reason with its first case."""
    groups: dict[tuple[Ending, str], list[Result]] = defaultdict(list)
    for one in results:
        groups[one.ending, kind_of(one)].append(one)
    counts = {ending: sum(one.ending == ending for one in results) for ending in ENDINGS}
    yield ", ".join([f"{len(results)} fusions", *(f"{n} {name}" for name, n in counts.items())])
    for (ending, kind), members in sorted(groups.items(), key=lambda item: -len(item[1])):
        if ending != "verified":
            yield f"{len(members):5} {ending}: {kind}\n      first: {members[0].case}"
    for one in results:
        if one.ending in ("rejected", "fault"):
            yield f"{one.ending}: {one.case}\n{one.reason}"


def main(words: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="fuse everything with everything")
    parser.add_argument("--verify", choices=("quick", "full"), default="quick")
    parser.add_argument("--host", help="only this host of the zoo")
    options = parser.parse_args(None if words is None else list(words))
    cases = [case for case in all_cases() if options.host in (None, case.host)]
    results = [run(case, options.verify) for case in cases]
    print("\n".join(told(results)))
    return int(any(one.ending in ("rejected", "fault") for one in results))


if __name__ == "__main__":
    sys.exit(main())
