"""The commands of ``portolan``. Each loads what it needs when it runs, so that help is there at once."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from portolan.arguments import SERVICE_NAMES, AnyService, OneService, TokenHours, TokenPerson, TokenRole
from portolan.names import check_service
from portolan.stack.errors import StackProblem
from portolan.version import Version

if TYPE_CHECKING:
    from portolan.importer.report import Report
    from portolan.local import Local

GROUPS: Mapping[str, tuple[str, ...]] = {
    "The local stack": ("up", "status", "down", "clean"),
    "Working with it": ("token", "openapi", "asyncapi"),
    "Loading data": ("import", "import-people", "import-incidents", "import-finance"),
    "Operating": ("parked", "redrive", "discard", "rebuild"),
    "Backups": ("backup-key", "backup", "restore"),
}


class Grouped(TyperGroup):
    """Lists its commands in groups, in their order."""

    def list_commands(self, ctx: Any) -> list[str]:
        named = [name for names in GROUPS.values() for name in names]
        return [*named, *(name for name in super().list_commands(ctx) if name not in named)]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for title, names in GROUPS.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(title):
                formatter.write_dl([(name, each.get_short_help_str(90)) for name, each in commands if each])


app = typer.Typer(
    cls=Grouped,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # help by rich takes three times as long
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)


@app.callback()
def portolan(version: Version = False) -> None:
    """Portolan's local stack, importer and documents. Start with `portolan up`."""


def local_stack() -> "Local":
    from portolan.local import Local
    from portolan.stack.stack import Stack

    return Local(Stack())


@app.command()
def up(
    demo_data: Annotated[bool, typer.Option("--demo/--no-demo", help="Load the demo company the first time.")] = True,
) -> None:
    """Start everything, load the demo company the first time, and print the addresses."""
    from portolan.starting import start

    start(local_stack(), demo_data=demo_data)


@app.command()
def down() -> None:
    """Stop everything and keep the data."""
    from portolan.display import StepDisplay, console
    from portolan.local import state_of

    stack = local_stack().stack
    if not stack.running():
        console.print("Nothing is running.")
        return
    with StepDisplay() as steps:
        stack.infrastructure_down(steps)
    console.print("Portolan is stopped; its data is kept in " + state_of(stack.folder) + ".")


@app.command()
def clean() -> None:
    """Stop everything and delete all its data."""
    from portolan.display import StepDisplay, console

    stack = local_stack().stack
    if not stack.folder.exists():
        console.print("There is no local stack to delete.")
        return
    with StepDisplay() as steps:
        stack.clean(steps)
    console.print("All data of the local stack is deleted.")


@app.command("backup-key")
def backup_key(file: Annotated[Path, typer.Argument(help="A new file for the key.")]) -> None:
    """Make a key that opens backups, and print the recipient to encrypt them for (age)."""
    from portolan.stack.sealing import make_key

    typer.echo(make_key(file))


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder for the backup.")],
    to: Annotated[
        list[str] | None,
        typer.Option(envvar="PORTOLAN_BACKUP_RECIPIENT", help="Who can open it: `age1...`; may be repeated."),
    ] = None,
) -> None:
    """Copy all databases and the issuer's key into a folder, encrypted; workers pause meanwhile.

    Master keys are not copied.
    """
    from portolan.backups import back_up
    from portolan.display import StepDisplay, console
    from portolan.local import state_of

    local = local_stack()
    with StepDisplay() as steps:
        made = back_up(local, folder, to or [], steps)
    console.print(
        f"\nThe backup is in {folder}. It is useless without the recipient's key, and without the master key\n"
        f"{', '.join(made.master_keys)}: store a copy of {state_of(local.stack.folder)}/master-keys in another place."
    )


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="The folder of a backup.")],
    key: Annotated[Path, typer.Option(help="The recipient's key, as `portolan backup-key` or age made it.")],
    master_keys: Annotated[Path, typer.Option(help="Your copy of the stack's file master-keys.")],
) -> None:
    """Restore a backup into an empty state folder and start the stack; topics are republished from the logs."""
    from portolan.backups import restore_all
    from portolan.display import StepDisplay, console

    local = local_stack()
    with StepDisplay() as steps:
        made = restore_all(local, folder, key, master_keys, steps)
        local.catch_up(lambda lag: steps.working(f"{lag} events in progress"))
    console.print(
        f"\nEverything is as it was at {made.made_at:%Y-%m-%d %H:%M:%S} UTC.\n"
        "Erase everybody again who was erased since, and tell other subscribers that the topics were recreated."
    )


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Refresh every two seconds until Ctrl-C.")] = False,
) -> None:
    """Show processes, logs, relays, readers and problems. Exit code 1 if there is a problem."""
    from portolan.stack_status import show_status

    if not show_status(local_stack(), as_json=as_json, watch=watch):
        raise typer.Exit(1)


@app.command()
def token(role: TokenRole, person: TokenPerson = None, hours: TokenHours = 12) -> None:
    """Print an access token for a role; for a stack in containers with its PORTOLAN_ISSUER_KEY set."""
    from portolan.identities import asked_identity

    local = local_stack()
    subject, roles = asked_identity(role, person)
    if not local.can_mint():
        raise StackProblem("There is no local stack.", "Start it with `make up`.")
    sys.stdout.write(local.token(subject, roles, hours) + "\n")


def document(service: str, path: str) -> None:
    """Print one of a service's documents."""
    import httpx

    from contracts.roles import Role

    check_service(service)
    local = local_stack()
    token = local.token("local:documents", [str(Role.STAFF)]) if local.can_mint() else None
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = httpx.get(local.url(service) + path, headers=headers, timeout=60, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise StackProblem(f"{service} does not respond.", "Start the stack with `make up`.") from error
    sys.stdout.write(json.dumps(answer.json(), indent=2) + "\n")


@app.command()
def openapi(service: OneService) -> None:
    """Print a service's OpenAPI document."""
    document(service, "/openapi.json")


@app.command()
def asyncapi(service: OneService) -> None:
    """Print a service's AsyncAPI document."""
    document(service, "/asyncapi.json")


OfReader = Annotated[str | None, typer.Option(help="Only this reader's messages.")]
OfStream = Annotated[str | None, typer.Option(help="Only this stream's messages.")]


@app.command()
def parked(service: AnyService = None, reader: OfReader = None, stream: OfStream = None) -> None:
    """List parked messages, their readers and reasons, and how many messages wait behind them."""
    from portolan.parked import show_parked

    show_parked(service, reader, stream)


@app.command()
def redrive(service: AnyService = None, reader: OfReader = None, stream: OfStream = None) -> None:
    """Redrive parked messages, each stream in order. Exit code 1 if some are still parked."""
    from portolan.parked import redrive_all

    if not redrive_all(service, reader, stream):
        raise typer.Exit(1)


@app.command()
def discard(
    service: OneService,
    reader: Annotated[str, typer.Argument(help="The reader that parked the message.")],
    message: Annotated[str, typer.Argument(help="TOPIC/PARTITION/OFFSET, as listed by `portolan parked`.")],
    because: Annotated[str, typer.Option(help="The reason; kept for ever.")],
) -> None:
    """Discard a message that cannot be fixed. The reader will lack that event for ever."""
    from portolan.parked import discard_message

    discard_message(service, reader, message, because)


@app.command()
def rebuild(
    service: OneService,
    reader: Annotated[str | None, typer.Argument(help="One of its readers; default: all with tables.")] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Cancel the rebuild in progress instead.")] = False,
) -> None:
    """Rebuild read models from the first event. The live ones serve until the new ones replace them."""
    from portolan.rebuilding import rebuild_all

    if not rebuild_all(service, reader, cancel=cancel):
        raise typer.Exit(1)


MappingFile = Annotated[Path | None, typer.Option(help="A YAML mapping file: column names, notations and more.")]
RejectsFile = Annotated[
    Path | None, typer.Option(help="File for rejected rows; default FILE.rejects.csv. What was edited stays.")
]
Encoding = Annotated[str | None, typer.Option(help="The file's encoding; default UTF-8.")]
Source = Annotated[str | None, typer.Option(help="Name of the system the data comes from.")]
Url = Annotated[
    list[str] | None,
    typer.Option(help=f"SERVICE=URL of a service that is not the local stack's; may be repeated. {SERVICE_NAMES}."),
]
Token = Annotated[str | None, typer.Option(envvar="PORTOLAN_TOKEN", help="An access token; default: a local one.")]
TokenCommand = Annotated[str | None, typer.Option(help="A command that prints an access token, asked when needed.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; store nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]
CODES = "Exit codes: 0 everything loaded, 3 some rows rejected, 4 nothing loaded, 1 broken off."


@app.command(name="import", epilog=CODES[:-1] + ", 5 reporting's totals differ from the file.")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file or Excel workbook of projects; - for standard input.")],
    mapping: MappingFile = None,
    rejects: RejectsFile = None,
    encoding: Encoding = None,
    source: Source = None,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Withdraw what this source brought before and the file lacks.")
    ] = False,
    dry_run: DryRun = False,
    url: Url = None,
    token: Token = None,
    token_command: TokenCommand = None,
    as_json: AsJson = False,
) -> None:
    """Import a portfolio file: agencies, investments, projects and their money. Importing it again changes nothing."""
    from portolan.importer import ServiceUrls, import_file
    from portolan.importer.access import token_of, urls_of

    local = local_stack()
    report = import_file(
        file,
        ServiceUrls(**urls_of(local, url or [])),
        token_of(local, token, token_command),
        mapping=mapping,
        rejects=rejects,
        encoding=encoding,
        source=source,
        withdraw=withdraw,
        dry_run=dry_run,
        console=console_of(as_json),
    )
    tell(report, as_json)


@app.command(name="import-people", epilog=CODES)
def import_people_(
    file: Annotated[Path, typer.Argument(help="A CSV file or Excel workbook of persons with their positions.")],
    experience: Annotated[Path | None, typer.Option(help="A file of the persons' experience.")] = None,
    mapping: MappingFile = None,
    rejects: RejectsFile = None,
    encoding: Encoding = None,
    source: Source = None,
    dry_run: DryRun = False,
    url: Url = None,
    token: Token = None,
    token_command: TokenCommand = None,
    as_json: AsJson = False,
) -> None:
    """Import persons, their positions, divisions and experience. Importing the same files again changes nothing."""
    from portolan.importer.access import token_of, urls_of
    from portolan.importer.people import import_people

    local = local_stack()
    report = import_people(
        file,
        urls_of(local, url or [])["people"],
        token_of(local, token, token_command),
        experience=experience,
        mapping=mapping,
        rejects=rejects,
        encoding=encoding,
        source=source,
        dry_run=dry_run,
        console=console_of(as_json),
    )
    tell(report, as_json)


@app.command(name="import-incidents", epilog=CODES)
def import_incidents_(
    file: Annotated[Path, typer.Argument(help="A CSV file or Excel workbook of incidents; - for standard input.")],
    mapping: MappingFile = None,
    rejects: RejectsFile = None,
    encoding: Encoding = None,
    source: Source = None,
    dry_run: DryRun = False,
    url: Url = None,
    token: Token = None,
    token_command: TokenCommand = None,
    as_json: AsJson = False,
) -> None:
    """Import a log of incidents and the services they are about. Importing it again changes nothing."""
    from portolan.importer.access import token_of, urls_of
    from portolan.importer.incidents import import_incidents

    local = local_stack()
    report = import_incidents(
        file,
        urls_of(local, url or []),
        token_of(local, token, token_command),
        mapping=mapping,
        rejects=rejects,
        encoding=encoding,
        source=source,
        dry_run=dry_run,
        console=console_of(as_json),
    )
    tell(report, as_json)


@app.command(name="import-finance", epilog=CODES[:-1] + ", 5 accepted and rejected rows are not the file.")
def import_finance_(
    kind: Annotated[
        str, typer.Argument(help="What the file holds: budgets, commitments, expenses, rates or driver-values.")
    ],
    file: Annotated[Path, typer.Argument(help="A CSV file or Excel workbook; - for standard input.")],
    mapping: MappingFile = None,
    rejects: RejectsFile = None,
    encoding: Encoding = None,
    source: Source = None,
    dry_run: DryRun = False,
    url: Url = None,
    token: Token = None,
    token_command: TokenCommand = None,
    as_json: AsJson = False,
) -> None:
    """Import what another finance system holds, one kind at a time. Importing it again changes nothing."""
    from contracts.roles import Role
    from portolan.importer.access import token_of, urls_of
    from portolan.importer.finance import import_finance

    local = local_stack()
    report = import_finance(
        kind,
        file,
        urls_of(local, url or []),
        token_of(local, token, token_command, (Role.ADMINISTRATOR, Role.FINANCE_CONTROLLER)),
        mapping=mapping,
        rejects=rejects,
        encoding=encoding,
        source=source,
        dry_run=dry_run,
        console=console_of(as_json),
    )
    tell(report, as_json)


def console_of(as_json: bool) -> Any:
    """Where progress goes: beside a report for machines."""
    from rich.console import Console

    from portolan.display import console

    return Console(stderr=True) if as_json else console


def tell(report: "Report", as_json: bool) -> None:
    """Show a report; end with its exit code."""
    from portolan.display import console

    if as_json:
        sys.stdout.write(json.dumps(report.as_json(), indent=2) + "\n")
    else:
        report.show(console)
    if report.exit_code:
        raise typer.Exit(report.exit_code)
