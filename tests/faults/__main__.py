"""``python -m tests.faults``: run seeds, print what became of them, and end with 1 where anything was lost."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from tests.faults.away import Away, run_away
from tests.faults.faults import SHORT_SET
from tests.faults.ground import Ground
from tests.faults.history import History
from tests.faults.mutants import NAMES
from tests.faults.outages import Outage, run_database_away, run_full_disk
from tests.faults.report import line, page
from tests.faults.run import SETTLE_SECONDS, Verdict, run_seed

OWN_MOUNTS = "PORTOLAN_FAULTS_OWN_MOUNTS"


def main() -> None:
    """Run what was asked for."""
    asked = arguments()
    live_in_own_mounts()
    for ending in (signal.SIGTERM, signal.SIGINT):  # the latter is ignored where a shell started us in the background
        signal.signal(ending, signal.default_int_handler)
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="portolan-faults-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    verdicts: list[Verdict] = []
    away: Away | None = None
    outages: list[Outage] = []
    with ExitStack() as stack:
        stack.callback(finish, folder, keep=lambda: any(verdict.violations for verdict in verdicts))
        campaigns = [Campaign(folder / f"{number}", asked.mutant, asked.patience) for number in range(asked.grounds)]
        for campaign in campaigns:
            stack.callback(campaign.close)
        run_side_by_side(campaigns, asked.seeds, verdicts)
        if asked.outages:
            ground = campaigns[0].ground()
            away = run_away(ground, asked.outages)
            outages = [run_database_away(ground), *([run_full_disk(ground)] if ground.disk.is_small else [])]
    report(asked, verdicts, away, outages)
    found = [*(one.violations for one in verdicts), *(one.violations for one in outages), away and away.violations]
    sys.exit(any(found))


def run_side_by_side(campaigns: "Sequence[Campaign]", seeds: Iterable[int], verdicts: list[Verdict]) -> None:
    """Run the seeds, each on the next ground that is free; an interruption ends with the seeds under way."""
    waiting, over = deque(seeds), threading.Event()

    def work(campaign: Campaign) -> None:
        while waiting:
            ground = campaign.ground()
            if over.is_set():
                return
            verdicts.append(campaign.run(ground, waiting.popleft()))
            print(line(verdicts[-1]), flush=True)

    with ThreadPoolExecutor(len(campaigns)) as pool:
        try:
            for done in [pool.submit(work, campaign) for campaign in campaigns]:
                done.result()
        finally:
            over.set()


def arguments() -> argparse.Namespace:
    """What was asked for; without anything, the short set."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seed", dest="seeds", type=lambda text: [int(text)], default=SHORT_SET, metavar="N")
    which.add_argument("--seeds", dest="seeds", type=lambda text: range(1, int(text) + 1), metavar="N", help="1 to N")
    parser.add_argument("--grounds", type=int, default=1, metavar="N", help="so many side by side")
    parser.add_argument(
        "--outages",
        type=int,
        default=0,
        metavar="N",
        help="then N commands while the broker is away, and other outages",
    )
    parser.add_argument("--mutant", choices=NAMES, help="something wrong that must be noticed")
    parser.add_argument("--patience", type=float, default=SETTLE_SECONDS, help="seconds for everything to be applied")
    parser.add_argument("--folder", type=Path, help="where to keep what runs; deleted at the end")
    parser.add_argument("--json", type=Path, help="write every seed's verdict there")
    parser.add_argument("--page", type=Path, help="write the summary there")
    return parser.parse_args()


class Campaign:
    """Seeds one after the other on one ground; on a new one after a seed that left it in doubt."""

    def __init__(self, folder: Path, mutant: str | None, patience: float) -> None:
        self._folder, self._mutant, self._patience = folder, mutant, patience
        self._grounds = 0
        self._ground: Ground | None = None

    def ground(self) -> Ground:
        """Where everything runs and is well."""
        if self._ground is None:
            self._grounds += 1
            self._ground = Ground(self._folder / f"ground-{self._grounds}", self._mutant)
            self._ground.start()
        self._ground.await_ready()
        return self._ground

    def run(self, ground: Ground, seed: int) -> Verdict:
        """One seed; a ground on which anything went wrong is given up."""
        verdict, history = run_seed(ground, seed, patience=self._patience)
        if verdict.violations:
            verdict.logs = ground.logs()
            keep(self._folder.parent / f"failed-{seed}", ground, verdict, history)
            self.close()
        return verdict

    def close(self) -> None:
        """End everything."""
        if self._ground is not None:
            self._ground.close()
            self._ground = None


def keep(folder: Path, ground: Ground, verdict: Verdict, history: History) -> None:
    """What an engineer wants to see of a seed that failed."""
    shutil.copytree(ground.folder / "logs", folder / "logs")
    (folder / "verdict.json").write_text(json.dumps(asdict(verdict), indent=1))
    (folder / "history.json").write_text(json.dumps(asdict(history), indent=1))


def finish(folder: Path, keep: Callable[[], bool]) -> None:
    """Delete what ran; what failed stays."""
    for ground in folder.glob("*/ground-*"):
        shutil.rmtree(ground)
    if keep():
        print(f"What failed is kept in {folder}.")
    else:
        shutil.rmtree(folder)


def live_in_own_mounts() -> None:
    """Where allowed, go on in a mount namespace of our own: the database's disk ends with its last process."""
    own = ["unshare", "--mount"]
    if OWN_MOUNTS in os.environ or not shutil.which(own[0]):
        return
    if subprocess.run([*own, "true"], capture_output=True, check=False).returncode == 0:
        again = [*own, sys.executable, "-m", "tests.faults", *sys.argv[1:]]
        os.execvpe(own[0], again, {**os.environ, OWN_MOUNTS: "1"})  # noqa: S606


def report(
    asked: argparse.Namespace, verdicts: Sequence[Verdict], away: Away | None, outages: Sequence[Outage]
) -> None:
    """Print the summary, and write what was asked for."""
    summary = page(verdicts, away, outages)
    print(summary)
    if asked.page:
        asked.page.write_text(summary)
    if asked.json:
        found = {
            "seeds": [asdict(verdict) for verdict in verdicts],
            "away": asdict(away) if away else None,
            "outages": [asdict(outage) for outage in outages],
        }
        asked.json.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
