"""The commands and their options. Each command lives in a module of its own, imported when it is called.

The annotations are built in the language of the user, so they must be evaluated: no `from __future__ import annotations`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from cyclopts import App, Group, Parameter

import sanspanne
from sanspanne.cli.context import Context
from sanspanne.cli.key_options import limit_options
from sanspanne.cli.key_words import key_words
from sanspanne.cli.words import Words
from sanspanne.drill.wording import drill_words
from sanspanne.errors import ConfigError


def parser(context: Context) -> App:
    """The whole command line; called with the arguments it runs one command and returns its exit code."""
    words = context.words
    app = _app("sanspanne", words.about, words)
    app.command(_serve(context), name="serve", help=words.serve)
    app.command(_check(context), name="check", help=words.check)
    app.command(_ask(context), name="ask", help=words.ask)
    app.command(_models(context))
    app.command(_keys(context))
    app.command(_answers(context))
    app.command(_drill(context))
    return app


def _app(name: str, about: str, words: Words) -> App:
    app = App(
        name=name,
        help=about,
        version=sanspanne.__version__,
        help_format="plaintext",
        group_commands=Group(words.commands),
        group_parameters=Group(words.parameters),
        suppress_keyboard_interrupt=False,
    )
    app["--help"].help = words.help
    app["--version"].help = words.version
    return app


def _serve(context: Context) -> Callable[..., int]:
    words = context.words

    def serve(
        *,
        config: Annotated[Path | None, Parameter(help=words.config)] = None,
        host: Annotated[str | None, Parameter(help=words.host)] = None,
        port: Annotated[int | None, Parameter(help=words.port)] = None,
        data: Annotated[Path | None, Parameter(help=words.data)] = None,
        workers: Annotated[int, Parameter(help=words.workers)] = 1,
    ) -> int:
        from sanspanne.cli import serve

        return serve.serve(context, config, host, port, data, workers)

    return serve


def _check(context: Context) -> Callable[..., int]:
    words = context.words

    def check(
        *,
        config: Annotated[Path | None, Parameter(help=words.config)] = None,
        data: Annotated[Path | None, Parameter(help=words.data)] = None,
    ) -> int:
        from sanspanne.cli import check

        return check.check(context, config, data)

    return check


def _ask(context: Context) -> Callable[..., int]:
    words = context.words

    def ask(
        question: Annotated[str, Parameter(help=words.question)],
        /,
        *,
        model: Annotated[str | None, Parameter(help=words.model)] = None,
        config: Annotated[Path | None, Parameter(help=words.config)] = None,
        data: Annotated[Path | None, Parameter(help=words.data)] = None,
        json: Annotated[bool, Parameter(help=words.json, negative=())] = False,
    ) -> int:
        from sanspanne.cli import ask

        return ask.ask(context, question, model, config, data, as_json=json)

    return ask


def _models(context: Context) -> App:
    words = context.words
    app = _app("models", words.models, words)

    def list_(*, data: Annotated[Path | None, Parameter(help=words.data)] = None) -> int:
        from sanspanne.cli import models

        return models.show(context, data)

    def pull(
        name: Annotated[str | None, Parameter(help=words.model_name)] = None,
        *,
        data: Annotated[Path | None, Parameter(help=words.data)] = None,
        mirror: Annotated[str | None, Parameter(help=words.mirror)] = None,
        from_file: Annotated[Path | None, Parameter(help=words.from_file)] = None,
        accept_licence: Annotated[bool, Parameter(help=words.accept_licence, negative=())] = False,
    ) -> int:
        from sanspanne.cli import models

        return models.pull(context, name, data, mirror, from_file, accept_licence)

    def verify(
        name: Annotated[str | None, Parameter(help=words.model_name)] = None,
        *,
        data: Annotated[Path | None, Parameter(help=words.data)] = None,
    ) -> int:
        from sanspanne.cli import models

        return models.verify(context, name, data)

    app.command(list_, name="list", help=words.models_list)
    app.command(pull, name="pull", help=words.models_pull)
    app.command(verify, name="verify", help=words.models_verify)
    return app


def _keys(context: Context) -> App:
    words = context.words
    app = _app("keys", words.keys, words)

    def list_(*, data: Annotated[Path | None, Parameter(help=words.data)] = None) -> int:
        from sanspanne.cli import keys

        return keys.show(context, data)

    def revoke(
        name: Annotated[str, Parameter(help=words.key_name)],
        *,
        data: Annotated[Path | None, Parameter(help=words.data)] = None,
    ) -> int:
        from sanspanne.cli import keys

        return keys.revoke(context, name, data)

    app.command(_key_create(context), name="create", help=words.keys_create)
    app.command(_key_limit(context), name="limit", help=key_words(words.language).limit)
    app.command(list_, name="list", help=words.keys_list)
    app.command(revoke, name="revoke", help=words.keys_revoke)
    return app


def _key_create(context: Context) -> Callable[..., int]:
    words, more = context.words, key_words(context.words.language)
    options = limit_options(more)

    def create(
        name: Annotated[str, Parameter(help=words.key_name)],
        *,
        class_: Annotated[str | None, Parameter(name="--class", help=more.key_class)] = None,
        limits: options = options(),  # type: ignore[valid-type]  # noqa: B008
        data: Annotated[Path | None, Parameter(help=words.data)] = None,
    ) -> int:
        from sanspanne.cli import keys

        return keys.create(context, name, class_, vars(limits), data)

    return create


def _key_limit(context: Context) -> Callable[..., int]:
    words, more = context.words, key_words(context.words.language)
    options = limit_options(more)

    def limit(
        name: Annotated[str, Parameter(help=words.key_name)],
        *,
        class_: Annotated[str | None, Parameter(name="--class", help=more.key_class)] = None,
        limits: options = options(),  # type: ignore[valid-type]  # noqa: B008
        data: Annotated[Path | None, Parameter(help=words.data)] = None,
    ) -> int:
        from sanspanne.cli import keys

        return keys.limit(context, name, class_, vars(limits), data)

    return limit


def _answers(context: Context) -> App:
    words = context.words
    app = _app("answers", words.answers, words)

    def show(
        id: Annotated[str, Parameter(help=words.answer_id)],
        /,
        *,
        data: Annotated[Path | None, Parameter(help=words.data)] = None,
        json: Annotated[bool, Parameter(help=words.json_account, negative=())] = False,
    ) -> int:
        from sanspanne.cli import answers

        return answers.show(context, id, data, json=json)

    def list_(
        *,
        last: Annotated[int, Parameter(help=words.last)] = 20,
        data: Annotated[Path | None, Parameter(help=words.data)] = None,
        json: Annotated[bool, Parameter(help=words.json_account, negative=())] = False,
    ) -> int:
        from sanspanne.cli import answers

        return answers.show_list(context, last, data, json=json)

    app.command(show, name="show", help=words.answers_show)
    app.command(list_, name="list", help=words.answers_list)
    return app


def _drill(context: Context) -> App:
    words = drill_words(context.words.language)
    app = _app("drill", words.drill, context.words)

    def list_() -> int:
        from sanspanne.cli import drill

        return drill.show_list(context)

    def drill(
        name: Annotated[str, Parameter(help=words.name)],
        /,
        *,
        against: Annotated[str, Parameter(help=words.against)] = "none,litellm",
        litellm: Annotated[str, Parameter(help=words.litellm)] = "",
        seed: Annotated[int | None, Parameter(help=words.seed)] = None,
        output: Annotated[Path | None, Parameter(help=words.output)] = None,
        json: Annotated[bool, Parameter(help=words.json, negative=())] = False,
        only_sanspanne: Annotated[bool, Parameter(help=words.only_sanspanne, negative=())] = False,
        language: Annotated[str, Parameter(help=words.in_language)] = "",
        real: Annotated[bool, Parameter(help=words.real, negative=())] = False,
        config: Annotated[Path | None, Parameter(help=context.words.config)] = None,
        allow: Annotated[str, Parameter(help=words.allow)] = "",
        max_dollars: Annotated[float | None, Parameter(help=words.max_dollars)] = None,
        max_calls: Annotated[int | None, Parameter(help=words.max_calls)] = None,
    ) -> int:
        from sanspanne.cli import drill, drill_real

        wishes = drill.Wishes(against, litellm, seed, output, json, only_sanspanne, language)
        caps = drill_real.Caps(config, allow, max_dollars, max_calls)
        if real:
            return drill_real.drill_real(context, name, wishes, caps)
        if caps != drill_real.Caps():
            raise ConfigError(words.only_real)
        return drill.drill(context, name, wishes)

    app.command(list_, name="list", help=words.drill_list)
    app.default(drill)
    return app
