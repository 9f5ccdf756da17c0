"""The tree of commands and their options.

Knows: names, options and help texts.
Refuses to know: the work; each command imports its module when it runs.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from visavis_core.cli.words import speaking

__all__ = ["app"]

app = typer.Typer(name="visavis", help="Remote clinical acts.", no_args_is_help=True, add_completion=False)
plugins_app = typer.Typer(help="Plugins: what is installed, loaded, quarantined.", no_args_is_help=True)
trace_app = typer.Typer(help="The record and its proofs.", no_args_is_help=True)
act_app = typer.Typer(help="One act.", no_args_is_help=True)
user_app = typer.Typer(help="Accounts.", no_args_is_help=True)
factor_app = typer.Typer(help="An account's second factor.", no_args_is_help=True)
db_app = typer.Typer(help="The store.", no_args_is_help=True)
device_app = typer.Typer(help="A device of this machine.", no_args_is_help=True)
app.add_typer(device_app, name="device")
app.add_typer(plugins_app, name="plugins")
app.add_typer(trace_app, name="trace")
app.add_typer(act_app, name="act")
app.add_typer(user_app, name="user")
user_app.add_typer(factor_app, name="second-factor")
app.add_typer(db_app, name="db")


class Profile(StrEnum):
    """The names of `visavis_media.bridge_encoding.PROFILES`, known without importing decoders for `--help`."""

    SHARP = "sharp"
    SMOOTH = "smooth"
    AUSCULTATION = "auscultation"


class PictureCodec(StrEnum):
    H264 = "h264"
    VP8 = "vp8"


Config = Annotated[Path, typer.Option("--config", "-c", help="The deployment's visavis.toml.", envvar="VISAVIS_CONFIG")]
Login = Annotated[str, typer.Argument(help="The name to sign in with.")]
DEFAULT_CONFIG = Path("visavis.toml")


@app.command()
def serve(config: Config = DEFAULT_CONFIG) -> None:
    """Serve the app of a deployment until it is told to stop (SIGTERM)."""
    with speaking():
        from visavis_core.cli.serving import serve_deployment

        serve_deployment(config)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port on this machine; 0 = any free one.", min=0, max=65535)] = 8080,
    browser: Annotated[bool, typer.Option(help="Open a browser when ready.")] = True,
    folder: Annotated[Path, typer.Option(help="Where the demonstration keeps its data.")] = Path("demo-data"),
) -> None:
    """Serve a demonstration with invented people; prints addresses and passwords."""
    with speaking():
        from visavis_core.cli.serving import serve_demo

        serve_demo(folder, port=port, browser=browser)


@plugins_app.command("list")
def plugins_list(config: Config = DEFAULT_CONFIG) -> None:
    """What is installed, in which state, and why."""
    with speaking():
        from visavis_core.cli.inspecting import list_plugins

        list_plugins(config)


@trace_app.command("verify")
def trace_verify(
    export: Annotated[Path | None, typer.Argument(help="An export (.zip); without it, the deployment's store.")] = None,
    config: Config = DEFAULT_CONFIG,
    vkey: Annotated[str, typer.Option(help="The verifier key; by default the deployment's own.")] = "",
    known: Annotated[list[Path] | None, typer.Option(help="A signed head kept elsewhere; may be repeated.")] = None,
) -> None:
    """Verify the whole record, or an export. Exit code 1 names the first bad event."""
    with speaking():
        from visavis_core.cli.proving import verify_trace

        verify_trace(export, config, vkey=vkey, known=tuple(known or ()))


@act_app.command("export")
def act_export(
    act: Annotated[str, typer.Argument(help="The act's id.")],
    to: Annotated[Path | None, typer.Option(help="The file to write; by default ACT.zip here.")] = None,
    config: Config = DEFAULT_CONFIG,
    unrecorded: Annotated[bool, typer.Option("--unrecorded", help="Only read; leave no event of it.")] = False,
) -> None:
    """Export one act with its proof, stills and documents. The act keeps that it was exported, and by whom."""
    with speaking():
        from visavis_core.cli.exporting import export_one

        export_one(act, to or Path(f"{act}.zip"), config, unrecorded=unrecorded)


@user_app.command("add")
def user_add(
    login: Login,
    config: Config = DEFAULT_CONFIG,
    admin: Annotated[bool, typer.Option(help="An administrator, without clinical access.")] = False,
) -> None:
    """Add an account; asks for the rest and shows the second factor once."""
    with speaking():
        from visavis_core.cli.people import add_user

        add_user(login, config, admin=admin)


@user_app.command("list")
def user_list(config: Config = DEFAULT_CONFIG) -> None:
    """Who has an account, with which role, and in which state."""
    with speaking():
        from visavis_core.cli.accounts_desk import list_users

        list_users(config)


@user_app.command("disable")
def user_disable(login: Login, config: Config = DEFAULT_CONFIG) -> None:
    """Close an account; whoever is signed in with it is refused at their next request."""
    with speaking():
        from visavis_core.cli.accounts_desk import disable_user

        disable_user(login, config)


@user_app.command("enable")
def user_enable(login: Login, config: Config = DEFAULT_CONFIG) -> None:
    """Open a closed account again."""
    with speaking():
        from visavis_core.cli.accounts_desk import enable_user

        enable_user(login, config)


@user_app.command("password")
def user_password(login: Login, config: Config = DEFAULT_CONFIG) -> None:
    """Give a one-time password, shown once and changed at sign-in; ends the account's sign-ins."""
    with speaking():
        from visavis_core.cli.accounts_desk import reset_password

        reset_password(login, config)


@factor_app.command("reset")
def user_second_factor_reset(login: Login, config: Config = DEFAULT_CONFIG) -> None:
    """Replace a lost second factor; shows the new one once and ends the account's sign-ins."""
    with speaking():
        from visavis_core.cli.accounts_desk import reset_second_factor

        reset_second_factor(login, config)


@app.command()
def doctor(config: Config = DEFAULT_CONFIG) -> None:
    """Check this machine and, where there is one, this deployment. Exit code 1 when something would fail."""
    with speaking():
        from visavis_core.cli.doctor import examine

        examine(config, named=config != DEFAULT_CONFIG)


@db_app.command("upgrade")
def db_upgrade(config: Config = DEFAULT_CONFIG) -> None:
    """Bring the store's schema to this version, forward only."""
    with speaking():
        from visavis_core.cli.inspecting import upgrade_store

        upgrade_store(config)


@device_app.command("publish")
def device_publish(
    source: Annotated[str, typer.Argument(help="file:PATH, v4l2:/dev/video0, alsa:hw:1, screen: or rtsp://…")],
    server: Annotated[str, typer.Option(help="The server, such as https://visavis.example.org.")],
    profile: Annotated[Profile, typer.Option(help="What it is for.")] = Profile.SHARP,
    codec: Annotated[PictureCodec, typer.Option(help="Of the picture.")] = PictureCodec.H264,
    width: Annotated[int, typer.Option(help="Asked of the device; 0 = its own.", min=0, max=7680)] = 0,
    height: Annotated[int, typer.Option(help="Asked of the device; 0 = its own.", min=0, max=4320)] = 0,
    rate: Annotated[int, typer.Option(help="Pictures a second asked of the device.", min=0, max=120)] = 0,
    token_file: Annotated[Path | None, typer.Option(help="The token; else VISAVIS_DEVICE_TOKEN, else asked.")] = None,
    once: Annotated[bool, typer.Option(help="A file once, instead of again and again.")] = False,
) -> None:
    """Publish this machine's camera, microphone, screen or a file into a session until told to stop."""
    with speaking():
        from visavis_core.cli.device import publish_device

        publish_device(
            source,
            server,
            profile=profile.value,
            codec=codec.value,
            width=width,
            height=height,
            rate=rate,
            token_file=token_file,
            once=once,
        )
