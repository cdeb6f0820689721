"""The rules that may refuse a command, read from the source of what decides on it: nothing is written twice.

From ``decide`` and the gathering of facts on, every function is followed as far as this command can come: matches and
``isinstance`` on it are taken for its type, names of rules handed on as arguments are known.
"""

import ast
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple, get_args

from chassis.commands.table import ID_FOLLOWS, Aggregate, CommandRow
from chassis.domain.decider import Command, Invalid, Refused
from chassis.store.decision_view import View
from chassis.store.relations import NOT_AUTHORISED, Relation

UNKNOWN = "…"
"""Stands for what is only known when a rule refuses."""
TAKEN = (View.claim.__name__, View.claim_once.__name__)


class Rule(NamedTuple):
    """A rule with its sentence and its way out, as far as they are the same for every refusal."""

    name: str
    sentence: str
    remedy: str


@dataclass(frozen=True)
class Given:
    """The command among the variables of a function."""

    type: type[Command]


Texts = frozenset[str]
"""The texts an expression may have; empty: it is something else."""
Variables = Mapping[str, Texts | Given]
STANDS_IN = Rule("stands-in", "You are not their stand-in now.", "")
ALREADY_TAKEN = Rule("already-taken", f"{UNKNOWN} is already used by another record.", "")
ERASED = Rule("subject-erased", "The person concerned was erased.", "Record it for another person.")
IN_THE_CLEAR = Rule("reason-in-the-clear", "A reason in a header is stored unencrypted and could not be erased.", "")


def rules_of(aggregate: Aggregate, row: CommandRow, aggregates: Iterable[Aggregate]) -> list[Rule]:
    """Every rule that may refuse the command of a row, those of the further commands it gives among them, by name."""
    found = {rule.name: rule for rule in _rules(aggregate, row, [*aggregates])}
    return [found[name] for name in sorted(found)]


def _rules(aggregate: Aggregate, row: CommandRow, aggregates: Sequence[Aggregate]) -> Iterator[Rule]:
    yield STANDS_IN
    yield from permission_rules(row.who)
    yield from decision_rules(aggregate.decider.decide, aggregate.facts, row.command)
    if row.id_of:
        yield Rule(*ID_FOLLOWS)
    if aggregate.decider.personal:
        yield ERASED
    if aggregate.audited:
        yield IN_THE_CLEAR
    for command in commands_of(row.further) if row.further else ():
        for each in aggregates:
            if any(other.command is command for other in each.commands):
                yield from decision_rules(each.decider.decide, each.facts, command)


def permission_rules(who: Relation) -> Iterator[Rule]:
    """What a refusal names of a relation that does not hold: the rules of its parts, or only who could."""
    if who.sentence != "everybody":
        yield Rule(NOT_AUTHORISED, f"Only {who.sentence} may do this.", f"Ask {who.sentence}.")
    for part in parts_of(who):
        if part.rule:
            yield Rule(part.rule, part.detail or f"Only {who.sentence} may do this.", part.remedy)


def parts_of(who: Relation) -> Iterator[Relation]:
    yield who
    for part in () if who.rule else (*who.both, *who.either):
        yield from parts_of(part)


@cache
def decision_rules(
    decide: Callable[..., Any], gather: Callable[..., Any] | None, command: type[Command]
) -> Sequence[Rule]:
    """The rules of a decision and of what gathers its facts."""
    walk = Walk()
    walk.follow(decide, command)
    if gather:
        walk.follow(gather, command)
    return [*walk.rules, *([] if walk.methods.isdisjoint(TAKEN) else [ALREADY_TAKEN])]


def commands_of(further: Callable[..., Any]) -> Sequence[type[Command]]:
    """The types of command that a function gives."""
    walk = Walk()
    walk.visit_function(further, {})
    return walk.commands


@dataclass
class Walk:
    """What was come upon so far: rules, the commands made, the methods called; each function once for its variables."""

    rules: list[Rule] = field(default_factory=list)
    commands: list[type[Command]] = field(default_factory=list)
    methods: set[str] = field(default_factory=set)
    seen: set[Any] = field(default_factory=set)

    def follow(self, function: Callable[..., Any], command: type[Command]) -> None:
        """Follow a function that has a parameter named ``command``."""
        self.visit_function(function, {"command": Given(command)})

    def visit_function(self, function: Any, variables: Variables) -> None:
        key = (function, frozenset(variables.items()))
        node = source_of(function)
        if node is None or key in self.seen:
            return
        self.seen.add(key)
        Body(self, function, said_of(node), dict(variables)).block(node.body)


class Body:
    """The walk through one function, with its docstring and what is known of its variables."""

    def __init__(self, walk: Walk, function: FunctionType, said: str, variables: dict[str, Texts | Given]) -> None:
        self.walk, self.function, self.said, self.variables = walk, function, said, variables

    def block(self, statements: Sequence[ast.stmt]) -> bool:
        """Return whether it surely ends the function."""
        return any(self.statement(each) for each in statements)

    def statement(self, node: ast.stmt) -> bool:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                return self.branch(self.test(test), body, orelse)
            case ast.Match(subject=ast.Name(id=name), cases=cases) if isinstance(self.variables.get(name), Given):
                return self.cases(self.variables[name].type, cases)  # type: ignore[union-attr]
            case ast.Match(subject=subject, cases=cases):
                self.expression(subject)
                ends = [self.block(case.body) for case in cases]
                return all(ends)
            case ast.For(iter=over, body=body, orelse=after) | ast.AsyncFor(iter=over, body=body, orelse=after):
                self.expression(over)
                self.block([*body, *after])
                return False
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self.expression(value)
                self.variables[name] = self.value(value)
                return False
            case _:
                for child in ast.iter_child_nodes(node):
                    self.any_node(child)
                return isinstance(node, ast.Return | ast.Raise)

    def any_node(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt):
            self.statement(node)
        elif isinstance(node, ast.expr):
            self.expression(node)
        else:
            for child in ast.iter_child_nodes(node):
                self.any_node(child)

    def branch(self, outcome: bool | None, body: Sequence[ast.stmt], orelse: Sequence[ast.stmt]) -> bool:
        ends = self.block(body) if outcome is not False else True
        return (self.block(orelse) if outcome is not True else True) and ends

    def cases(self, given: type[Command], cases: Sequence[ast.match_case]) -> bool:
        """Those cases that the command may come to; the last one is that which takes it for certain."""
        ends = []
        for case in cases:
            matches = self.matches(given, case.pattern)
            if matches is False:
                continue
            if case.guard:
                self.expression(case.guard)
            ends.append(self.block(case.body))
            if matches and case.guard is None:
                return all(ends)
        return False

    def matches(self, given: type[Command], pattern: ast.pattern) -> bool | None:
        """Return whether a pattern takes such a command; None: it depends on its fields."""
        match pattern:
            case ast.MatchClass(cls=cls, kwd_patterns=fields):
                if not issubclass(given, types_in(self.resolve(cls))):
                    return False
                bare = all(isinstance(each, ast.MatchAs) and each.pattern is None for each in fields)
                return True if bare else None
            case ast.MatchOr(patterns=patterns):
                found = [self.matches(given, each) for each in patterns]
                return True if True in found else None if None in found else False
            case ast.MatchAs(pattern=inner):
                return True if inner is None else self.matches(given, inner)
        return None

    def test(self, node: ast.expr) -> bool | None:
        """Walk through a condition; return what it is for the command's type, None where that does not say."""
        match node:
            case ast.BoolOp(op=ast.And(), values=values):
                outcomes: list[bool | None] = []
                for value in values:
                    outcomes.append(self.test(value))
                    if outcomes[-1] is False:
                        return False
                return True if all(outcomes) else None
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                outcome = self.test(operand)
                return None if outcome is None else not outcome
            case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=name), types]):
                given = self.variables.get(name)
                return issubclass(given.type, types_in(self.resolve(types))) if isinstance(given, Given) else None
        self.expression(node)
        return None

    def expression(self, node: ast.expr) -> None:
        match node:
            case ast.Call():
                self.call(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                outcome = self.test(test)
                for value, left_out in ((body, False), (orelse, True)):
                    if outcome is not left_out:
                        self.expression(value)
                return
            case ast.Name() | ast.Attribute() if isinstance(found := self.resolve(node), FunctionType):
                self.walk.visit_function(found, {})
        for child in ast.iter_child_nodes(node):
            if not (isinstance(node, ast.Call) and child is node.func and isinstance(child, ast.Name)):
                self.any_node(child)

    def call(self, node: ast.Call) -> None:
        found = self.resolve(node.func)
        if found in (Refused, Invalid):
            name, sentence, remedy = (*map(self.value, node.args), frozenset({""}), frozenset({""}))[:3]
            self.walk.rules += [Rule(each, one_of(sentence) or self.said, one_of(remedy)) for each in sorted(name)]
        elif isinstance(found, FunctionType):
            self.walk.visit_function(found, self.arguments(found, node))
        elif isinstance(found, type) and issubclass(found, Command):
            self.walk.commands.append(found)
        elif isinstance(node.func, ast.Attribute):
            self.walk.methods.add(node.func.attr)

    def arguments(self, function: FunctionType, node: ast.Call) -> Variables:
        """What is known of a called function's parameters."""
        signature = inspect.signature(function)
        known = {name: each.default for name, each in signature.parameters.items() if isinstance(each.default, str)}
        passed = {**dict(zip(signature.parameters, node.args, strict=False))}
        passed |= {each.arg: each.value for each in node.keywords if each.arg}
        values = {name: frozenset({text}) for name, text in known.items()}
        return {name: value for name, value in {**values, **self.values(passed)}.items() if value}

    def values(self, passed: Mapping[str, ast.expr]) -> dict[str, Texts | Given]:
        def value(node: ast.expr) -> Texts | Given:
            given = self.variables.get(node.id) if isinstance(node, ast.Name) else None
            return given if isinstance(given, Given) else self.value(node)

        return {name: value(node) for name, node in passed.items()}

    def value(self, node: ast.expr) -> Texts:
        """The texts that an expression may have."""
        match node:
            case ast.Constant(value=str(text)):
                return frozenset({text})
            case ast.IfExp(body=body, orelse=orelse):
                return self.value(body) | self.value(orelse)
            case ast.JoinedStr(values=parts):
                return frozenset({"".join(one_of(self.value(part)) or UNKNOWN for part in parts)})
            case ast.FormattedValue(value=value):
                return self.value(value)
            case ast.Name(id=name) if isinstance(known := self.variables.get(name), frozenset):
                return known
            case ast.Name() | ast.Attribute() if isinstance(text := self.resolve(node), str):
                return frozenset({text})
        return frozenset()

    def resolve(self, node: ast.AST) -> Any:
        """What a name of the module, or of one it imports, stands for."""
        match node:
            case ast.Name(id=name) if name not in self.variables:
                return self.function.__globals__.get(name)
            case ast.Attribute(value=value, attr=attr) if isinstance(module := self.resolve(value), ModuleType):
                return getattr(module, attr, None)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return (*types_in(self.resolve(left)), *types_in(self.resolve(right)))
            case ast.Tuple(elts=parts):
                return tuple(found for part in parts for found in types_in(self.resolve(part)))
        return None


def types_in(found: Any) -> tuple[type, ...]:
    """The types that a name in a pattern or an ``isinstance`` stands for."""
    if isinstance(found, tuple):
        return found
    return (found,) if isinstance(found, type) else get_args(found)


def one_of(texts: Texts) -> str:
    return min(texts, default="")


def said_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The first line of a docstring."""
    return (ast.get_docstring(node) or "").partition("\n")[0]


@cache
def source_of(function: Any) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """A function's source; None for what is not ours to read."""
    if not isinstance(function, FunctionType) or "site-packages" in function.__code__.co_filename:
        return None
    module = sys.modules.get(function.__module__)
    if module is None or module.__name__ in sys.stdlib_module_names or not getattr(module, "__file__", None):
        return None
    return functions_in(str(module.__file__)).get((function.__name__, function.__code__.co_firstlineno))


@cache
def functions_in(file: str) -> Mapping[tuple[str, int], ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a module by name and first line, which is that of a decorator."""
    nodes = ast.walk(ast.parse(Path(file).read_text()))
    found = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {(node.name, min([node.lineno, *(each.lineno for each in node.decorator_list)])): node for node in found}
