"""The command line: ``rma-station COMMAND``. Each command is a module of ``commands/``, imported when it is called.

Exit codes: 0 done, 1 done but something does not add up, 2 wrong call, 3 a person must act (disk, lock, hub said
no), 4 configuration, 70 a defect of this program, 130 ended by ctrl+c.
"""

from __future__ import annotations

import importlib
import sys

from rma_station.domain.clean import clean
from rma_station.errors import ConfigError, StationError

COMMANDS = {
    "run": "start the station on this terminal",
    "demo": "run the whole job unattended and check that it adds up",
    "enrol": "let the hub know this station by a key of its own",
    "hub": "start and manage a hub: run, station add, person put, import, refunds, batch",
    "devices": "find, prove and configure devices; watch what they send",
    "labels": "command, grade and badge sheets; labels owed; see and check label templates",
    "printers": "see printers and print jobs, print a test label or a document as it is",
    "keys": "void command sheets that were printed before",
    "rolls": "list the numbers of a pre-printed label roll, to order it",
    "export": "write events, movements or the shift sheet as CSV or NDJSON",
    "backup": "copy the journal to a file while the station runs",
    "salvage": "save what verifies of a damaged journal",
    "wipe": "take a station out of use: refused while anything is not at the hub",
    "encrypt": "encrypt the journal of this station",
    "decrypt": "take the encryption off the journal again",
    "doctor": "look for what is wrong with this machine and say the remedy",
}
EXIT_PERSON, EXIT_CONFIG, EXIT_USAGE = 3, 4, 2


def usage() -> str:
    """The text of ``--help``."""
    rows = "\n".join(f"  {name:<9} {what}" for name, what in COMMANDS.items())
    return (
        "rma-station: the returns bench. Scan, grade, weigh, label, sync, refund.\n\n"
        f"usage: rma-station COMMAND [--help] [...]\n\ncommands\n{rows}\n\n"
        "Without a configuration (--config FILE) the station runs in sample mode on fictitious returns.\n"
        "Exit codes: 0 done, 1 does not add up, 2 wrong call, 3 a person must act, 4 configuration,\n"
        "70 a defect of this program, 130 ended by ctrl+c.\n"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    if not given or given[0] in ("-h", "--help", "help"):
        sys.stdout.write(usage())
        return 0 if given else EXIT_USAGE
    if given[0] not in COMMANDS:
        sys.stderr.write(f"rma-station: there is no command {given[0]!r}. Commands: {', '.join(COMMANDS)}.\n")
        return EXIT_USAGE
    command = importlib.import_module(f"rma_station.commands.{given[0]}")
    try:
        code = int(command.execute(given[1:]))
        sys.stdout.flush()  # where nobody reads any more it fails here, and not in Python's own end
        return code
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_CONFIG
    except StationError as error:
        from rma_station.commands.speaking import stopped  # noqa: PLC0415 - loaded only when something stops

        sys.stderr.write(f"{stopped(error)}\n")
        return EXIT_PERSON
    except EOFError:
        sys.stderr.write("This asks a question, and nobody is there to answer: run it on a terminal.\n")
        return EXIT_PERSON
    except UnicodeDecodeError as error:
        sys.stderr.write(
            f"A file is not text in UTF-8 (byte {error.start}: {error.reason}). Is it the file you mean?\n"
        )
        return EXIT_PERSON
    except BrokenPipeError:
        from rma_station.commands.writing import drop_output  # noqa: PLC0415 - loaded only when it is needed

        drop_output()
        return 0
    except OSError as error:
        where = f"{clean(str(error.filename))}: " if error.filename is not None else ""
        sys.stderr.write(f"{where}{clean(error.strerror or str(error))}. Check the path and the rights on it.\n")
        return EXIT_PERSON
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
