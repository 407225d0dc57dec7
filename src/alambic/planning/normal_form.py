"""The form of a piece of code that counts: without what changes no number.

Left out are docstrings, comments and layout; lines of the log; the wording of errors that end a run; annotations of
functions and local variables; and imports for the type checker.
"""

import ast
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

# Decorators that look at no annotation; of a function under any other, annotations count too.
PLAIN_DECORATORS = {
    "cache",
    "cached_property",
    "classmethod",
    "contextmanager",
    "inference_mode",
    "no_grad",
    "property",
    "staticmethod",
}
LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


@dataclass(frozen=True)
class NormalForm:
    """Leaves out of the statements of one module what changes no number, in place.

    `loggers` are the names that the module gives to loggers; `ends_run` tells whether an exception of that name ends
    the run, so that only people read what it says.
    """

    loggers: Collection[str]
    ends_run: Callable[[str], bool]

    def of_all(self, statements: Iterable[ast.stmt], *, in_class: bool = False) -> list[ast.stmt]:
        """Give what counts of some statements, in their order."""
        normal = (self.of(statement, in_class=in_class) for statement in statements)
        return [statement for statement in normal if statement is not None]

    def of(self, node: ast.stmt, *, in_class: bool = False) -> ast.stmt | None:
        """Give what counts of a statement; None where nothing does."""
        match node:
            case ast.Expr(value=value):
                return None if isinstance(value, ast.Constant) or self.is_log_line(value) else node
            case ast.Assign(value=value):
                return None if _is_logger(value) else node
            case ast.AnnAssign(target=target, value=value) if not in_class:  # in a class it may be a field
                return None if value is None else ast.Assign([target], value)
            case ast.Assert(test=test):
                return ast.Assert(test, None)
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name))) if self.ends_run(name):
                return ast.Raise(ast.Name(name, ast.Load()), None)
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=[]):
                return None
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                _leave_out_annotations(node)
        for block in blocks(node):
            block.body = self.of_all(block.body, in_class=isinstance(block, ast.ClassDef))
            if isinstance(block, ast.If | ast.For | ast.AsyncFor | ast.While | ast.Try):
                block.orelse = self.of_all(block.orelse)
            if isinstance(block, ast.Try):
                block.finalbody = self.of_all(block.finalbody)
        if isinstance(node, ast.If) and not node.body and not node.orelse and not _may_act(node.test):
            return None  # it decided whether something is logged
        return node

    def is_log_line(self, value: ast.expr) -> bool:
        """Tell whether an expression does nothing but log: `log.info("%d texts", 3)`."""
        match value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
                return name in self.loggers and method in LOG_METHODS
        return False


Block = (
    ast.FunctionDef
    | ast.AsyncFunctionDef
    | ast.ClassDef
    | ast.If
    | ast.For
    | ast.AsyncFor
    | ast.While
    | ast.With
    | ast.AsyncWith
    | ast.Try
    | ast.ExceptHandler
    | ast.match_case
)


def blocks(node: ast.stmt) -> Iterator[Block]:
    """Yield the parts of a statement that have statements in them."""
    if isinstance(node, Block):
        yield node
    if isinstance(node, ast.Try):
        yield from node.handlers
    elif isinstance(node, ast.Match):
        yield from node.cases


def loggers_of(body: Iterable[ast.stmt]) -> set[str]:
    """List the names that a module gives to loggers: `log = logging.getLogger("x")` -> {"log"}."""
    return {
        target.id
        for node in body
        if isinstance(node, ast.Assign) and _is_logger(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _is_logger(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and _last_name(value.func) == "getLogger"


def _last_name(node: ast.expr) -> str:
    """`torch.no_grad()` -> "no_grad"."""
    if isinstance(node, ast.Call):
        return _last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _leave_out_annotations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    if any(_last_name(decorator) not in PLAIN_DECORATORS for decorator in function.decorator_list):
        return
    function.returns = None
    taken = function.args
    for argument in [*taken.posonlyargs, *taken.args, *taken.kwonlyargs, taken.vararg, taken.kwarg]:
        if argument is not None:
            argument.annotation = None


def _may_act(test: ast.expr) -> bool:
    actions = ast.Call | ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom
    return any(isinstance(node, actions) for node in ast.walk(test))
